"""Words of everyday English that others are made of: `pen` `is`, `an` `us`, `cream` `pie`."""

from __future__ import annotations

WORDS = """
a ad age al all am an and ant any are arm art as ash ask at ate back bad bag ball ban band bar
bare be bed bee big bit black blow blue boo book bow box boy bum but by cab cake camel can car
care cat con cot cow cream cry cup cut dad day deep den did die dim do dog don dot down dress dry
due each ear eat egg ego end era eve ex eye face fan far fat feel few fin fit foot for form fox
free from full fun gang gas get go god gold good got gun had ham hand has hat have he head hen her
here hi hid high him hip his hit hog home hood horn hot how i ice if ill in ink inn into is it its
jam joy just key kid king lab lad lady land late law lay led leg let lid life light line lip lips
lit live log long look lot love low mad made man many map mark mask mass mat may me men mill more
most mr much mud must my nail nap neck net new next nice night no nod none nor not now nut nuts
oak of off oil old on one only or ore other our out over own pad page pan par part pass past pat
pay pea peach pen per pet pie pig pile pin pit play plum pop port post pot pro pub rain ran rap
rat raw ray read real red rest rich rid ring rip road rob rock rod room root rose rug rule run sad
said salt sand sat saw say scene sea see set she shell ship shoe shot show side sin sit six skin
skirt sky sleep slow small so soft some son sow spa star step stone strip strong suit sum sun tab
tag tail take tale tall tan tap tape tar tea team ten test than that the them then there they thin
this three tie tight time tin tip to toe toes tone too top tree try tub two type un under up us
use van very view war was wash watch water way we wear web well went were west wet what who why
wide will win wind wing with women wood word work world worn wow yes yet you young zoo
"""

ORDINARY = frozenset(WORDS.split())
"""Two of these side by side are two words, unless a sign without white space joins them."""
