"""What the rule on adult content looks for, and where the same words are innocent."""

from __future__ import annotations

ADULT = """
nude; nudes; nudity; nudist; naked; nsfw; topless; bottomless; unclothed; undressed; undressing;
no clothes; without clothes; without clothing; wearing nothing; fully exposed; exposed breasts;
bare breasts; bare breasted; bare chested woman; see through lingerie; boob; boobs; boobies;
titties; big tits; tits out; nipple; nipples; areola; areolas; areolae; cleavage fetish; camel toe;
cameltoe; upskirt; genitals; genitalia; penis; penises; phallus; vagina; vaginas; vaginal; vulva;
clitoris; labia; scrotum; testicles; anus; butthole; asshole; porn; porno; porns; pornography;
pornographic; pornstar; hentai; ahegao; futanari; futa; ecchi; rule 34; rule34; onlyfans; xxx;
x rated; sex; sexual; sexually; sexual intercourse; having intercourse; sex scene; anal; anal sex;
oral sex; blowjob; blowjobs; blow job; handjob; hand job; footjob; deepthroat; fellatio;
cunnilingus; cumshot; cum; creampie; bukkake; gangbang; gang bang; orgy; threesome; masturbate;
masturbates; masturbating; masturbation; orgasm; orgasms; ejaculate; ejaculation; erotic; erotica;
erotism; lewd; smut; bdsm; dominatrix; dildo; dildos; vibrator sex toy; sex toy; sex toys;
striptease; stripper; strippers; fuck; fucks; fucked; fucking; milf; gilf; nudifying; nudify;
undress her; undress him; explicit content; adult content; uncensored
"""
"""Words with an innocent use alone are left out."""

INNOCENT = {
    "naked": """
        eye; eyes; mole rat; mole rats; cake; cakes; chef; gun; lunch; truth; ape; flame;
        flames; light bulb; light bulbs; bulb; bulbs; singularity; singularities; motorcycle;
        motorcycles; juice; branch; branches; tree; trees; twig; twigs; trunk; trunks; oats;
        barley; neck chicken; neck chickens; neck hen; neck hens; neuron; clam; snail; rock;
        rocks; brick; bricks; concrete; wood; steel; blade; sword; ladies lily
    """,
    "nude": """
        beige; pink; brown; peach; lipstick; lipsticks; lip; lips; gloss; makeup; make up;
        eyeshadow; palette; nail polish; nails; manicure; polish; tone; tones; toned; shade;
        shades; color; colors; colour; colours; colored; coloured; hue; hues; heels; heel;
        pumps; shoes; sandals; boots; ballet flats; handbag; tights; pantyhose; dress; gown;
        sweater; coat; blouse; leather; suede; linen; mouse; mice; descending a staircase
    """,
    "topless": "tower; towers; bus; buses; double decker",
    "bottomless": """
        pit; pits; abyss; well; wells; lake; sea; ocean; chasm; hole; void; depths; deep; cup;
        coffee; brunch; mimosas; bag; bucket; canyon; gorge; cave; sky; darkness; hunger; pond
    """,
    "sex": """
        and the city; pistols; education; chromosome; chromosomes; determination; ratio; linked
    """,
    "sexual": "dimorphism; reproduction; selection; health",
    "anal": "fin; fins; scale; scales; retentive",
    "stripper": "well; clip; clips",
    "orgy": "of color; of colors; of colour; of colours; of light; of flowers",
    "cum": "laude",
    "undressed": "stone; stones; timber; lumber; wood; leather; salad; block; blocks; granite",
    "nipple": "cactus; wrench; fitting; fittings",
    "phallus": "impudicus; indusiatus",
}
"""Innocent phrases, by the word that begins them."""

INNOCENT_ENDS = {
    "nude": "shade of; shades of; tones of; lipstick in",
    "sex": "opposite; same; fairer; weaker; battle of the",
    "nipple": "grease; bottle; hose; pipe; spoke; pacifier",
    "nipples": "grease; bottle; hose; pipe; spoke",
    "stripper": "wire; paint; cable; varnish; wallpaper; insulation",
    "strippers": "wire; paint; cable; varnish; wallpaper; insulation",
    "boobies": "blue footed; red footed; brown; masked; nazca; peruvian",
    "smut": "corn; wheat; barley; loose",
    "xxx": "super bowl; chapter; psalm; volume",
    "cream pie": "boston; banana; coconut; chocolate; lemon; vanilla; strawberry",
}
"""Innocent phrases, by the word that ends them."""

HUES = "beige; pink; brown; peach; toned; tone; colored; coloured"
PEOPLE = """
    woman; women; girl; girls; lady; ladies; man; men; boy; boys; guy; guys; female; females; male;
    males; model; models; body; bodies; person; people; couple; couples; figure; figures; haired;
    skinned; eyed
"""
"""Of a nude pink dress the hue is innocent, of a nude pink woman it is not."""

INNOCENT_PHRASES = ("kitchen cum dining",)


def adult_entries() -> list[str]:
    """The words and phrases of the built-in list."""
    people = [f"nude {hue} {one}" for hue in _parts(HUES) for one in _parts(PEOPLE)]
    return [*_parts(ADULT), *people]


def innocent_phrases() -> list[str]:
    """Where words of the built-in list are innocent."""
    begun = [f"{word} {end}" for word, ends in INNOCENT.items() for end in _parts(ends)]
    ended = [
        f"{start} {word}" for word, starts in INNOCENT_ENDS.items() for start in _parts(starts)
    ]
    return [*begun, *ended, *INNOCENT_PHRASES]


def _parts(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split(";")]
