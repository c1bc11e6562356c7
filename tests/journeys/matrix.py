"""Who may use which command and which button, and where: one letter for each role.

`y` it is done, `n` the bot refuses privately, `-` Discord does not offer it. A command or an
action without a line here fails the test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from playground.wire import Json

Role = Literal[
    "member",
    "moderator",
    "administrator",
    "operator",
    "blocked member",
    "moderator of a guild that is not admitted",
    "moderator as a member of another guild",
    "moderator in direct messages",
]
ROLES: tuple[Role, ...] = get_args(Role)
EVERYBODY = "yyyyyyy-"
WHO_MAY_DRAW = "yyyynny-"
MODERATORS = "-yyy-y--"
OPERATOR = "--ny----"
ITS_AUTHOR = "nnnnnnn-"


@dataclass(frozen=True, slots=True)
class Case:
    """How a command is used and by whom.

    `{…}` in an option names a member, a role, a channel or a job of the guild, or a picture.

    `before` is a command, with its options, that makes this one possible.
    """

    verdicts: str
    options: Json = field(default_factory=dict[str, "object"])
    before: tuple[str, Json] | None = None


COMMANDS: dict[str, Case] = {
    "imagine": Case(WHO_MAY_DRAW, {"prompt": "a wren"}),
    "animate": Case(WHO_MAY_DRAW, {"image": "{picture}"}),
    "edit inpaint": Case(
        WHO_MAY_DRAW, {"prompt": "a wren", "image": "{picture}", "area": "centre"}
    ),
    "edit outpaint": Case(WHO_MAY_DRAW, {"image": "{picture}", "left": 64}),
    "edit erase": Case(WHO_MAY_DRAW, {"image": "{picture}", "area": "centre"}),
    "edit replace": Case(
        WHO_MAY_DRAW, {"image": "{picture}", "search": "the boat", "prompt": "a wren"}
    ),
    "edit recolour": Case(
        WHO_MAY_DRAW, {"image": "{picture}", "search": "the boat", "prompt": "red"}
    ),
    "edit background": Case(WHO_MAY_DRAW, {"image": "{picture}"}),
    "blend": Case(WHO_MAY_DRAW, {"image1": "{picture}", "image2": "{picture}"}),
    "morph": Case(WHO_MAY_DRAW, {"first": "a wren", "second": "a fox"}),
    "help": Case(EVERYBODY),
    "credits": Case(EVERYBODY),
    "history": Case(EVERYBODY),
    "settings": Case(EVERYBODY, {"count": 1}),
    "style save": Case(EVERYBODY, {"name": "noir", "text": "black and white"}),
    "style list": Case(EVERYBODY),
    "style delete": Case(
        EVERYBODY, {"name": "noir"}, ("style save", {"name": "noir", "text": "black and white"})
    ),
    "show": Case(EVERYBODY, {"id": "{result}"}),
    "jobs": Case(EVERYBODY),
    "privacy": Case(EVERYBODY),
    "limits setup": Case(MODERATORS),
    "limits show": Case(MODERATORS),
    "limits refill": Case(MODERATORS, {"amount": "25"}),
    "limits start": Case(MODERATORS, {"amount": "25"}),
    "limits role": Case(MODERATORS, {"role": "{Painter}", "refill": "30"}),
    "limits member": Case(MODERATORS, {"member": "{Guest 1}", "refill": "30"}),
    "limits caps": Case(MODERATORS, {"open_jobs": 20}),
    "limits budget": Case(MODERATORS, {"amount": "1000"}),
    "limits channels add": Case(MODERATORS, {"channel": "{studio}"}),
    "limits channels remove": Case(
        MODERATORS, {"channel": "{studio}"}, ("limits channels add", {"channel": "{gallery}"})
    ),
    "limits channels all": Case(MODERATORS),
    "limits roles add": Case(MODERATORS, {"role": "{Painter}"}),
    "limits roles remove": Case(
        MODERATORS, {"role": "{Painter}"}, ("limits roles add", {"role": "{Moderator}"})
    ),
    "limits roles all": Case(MODERATORS),
    "limits tier": Case(MODERATORS, {"role": "{Painter}", "tier": 1}),
    "limits age": Case(MODERATORS, {"days": 0}),
    "limits gifts": Case(MODERATORS, {"allowed": False}),
    "limits reports": Case(MODERATORS),
    "limits audit": Case(MODERATORS),
    "limits pictures": Case(MODERATORS, {"others": False}),
    "limits pause": Case(MODERATORS),
    "limits resume": Case(MODERATORS),
    "limits words add": Case(MODERATORS, {"entry": "kraken"}),
    "limits words remove": Case(MODERATORS, {"entry": "kraken"}),
    "limits words except": Case(MODERATORS, {"phrase": "kraken rum"}),
    "limits words list": Case(MODERATORS),
    "limits words test": Case(MODERATORS, {"text": "a kraken"}),
    "mod grant": Case(MODERATORS, {"member": "{Guest 1}", "amount": 5, "reason": "a prize"}),
    "mod remove-credits": Case(MODERATORS, {"member": "{Guest 1}", "amount": 1, "reason": "a bet"}),
    "mod refund": Case(MODERATORS, {"job": "{job}"}),
    "mod exempt": Case(MODERATORS, {"member": "{Guest 2}"}),
    "mod block": Case(MODERATORS, {"member": "{Guest 2}"}),
    "mod reset": Case(MODERATORS, {"member": "{Guest 2}"}),
    "mod show": Case(MODERATORS, {"member": "{Guest 1}"}),
    "mod report": Case(MODERATORS),
    "mod audit": Case(MODERATORS),
    "operator status": Case(OPERATOR),
    "operator guilds": Case(OPERATOR),
    "operator admit": Case(OPERATOR),
    "operator refuse": Case(OPERATOR, {"server": "1"}),
    "operator ceiling": Case(OPERATOR, {"credits": "1000"}),
}

MENUS = {
    "Animate": WHO_MAY_DRAW,
    # It opens a form; what that asks for is checked like any order.
    "Use as image": EVERYBODY,
    "Recipe": EVERYBODY,
    "Report": EVERYBODY,
    "Remove and refund": MODERATORS,
}
"""On a result of another member's in the same guild."""

BUTTONS = {
    "reroll": "yyyynny-",
    "edit": EVERYBODY,
    "morph_edit": EVERYBODY,
    "blend_reroll": "yyyynny-",
    "blend_edit": EVERYBODY,
    "recipe": EVERYBODY,
    "copy_prompt": EVERYBODY,
    "delete": "nyyynyn-",
    "cancel": "nyyynyn-",
    "report": EVERYBODY,
    "animate": WHO_MAY_DRAW,
    # Its private card tells prices; what they buy is asked for by buttons of one's own.
    "upscale": EVERYBODY,
    # A film is paid for by whoever asks for it.
    "extend": WHO_MAY_DRAW,
    "camera": WHO_MAY_DRAW,
    # They take a film away that everybody sees anyway.
    "gif": EVERYBODY,
    "webp": EVERYBODY,
    # These spend the author's credits.
    "approve": ITS_AUTHOR,
    "decline": ITS_AUTHOR,
    "resend": ITS_AUTHOR,
    "let_go": "nyyynyn-",
}
"""On the cards of another member's in the same guild."""

FORMS = {"animate": "animated", "camera": "camera_set"}
"""Buttons that open a form, and what sending it does; who may open it may send it."""

OF_ONES_OWN = frozenset(
    {
        *(
            "edit_own",
            "redo",
            "without",
            "confirm",
            "cheaper",
            "credits",
            "credits_page",
            "mention",
        ),
        *(
            "desk_audit",
            "remove",
            "remove_only",
            "dismiss",
            "block_author",
            "shorter",
            "morph_edit_own",
            "morph_redo",
            "morph_draw",
        ),
        # On private cards of one's own results.
        *("history_page", "history_open", "post", "jobs_cancel", "jobs_refresh"),
        *(
            "delete_all",
            "delete_one",
            "delete_not",
            "settings_mention",
            "settings_reset",
            "help_topic",
        ),
        *("privacy_export", "privacy_share", "privacy_delete", "privacy_keep"),
        *("try_it", "tried"),
        # What a form does was allowed to who opened it; the rules are checked again.
        *("edited", "redone", "reported", "limits_setup", *FORMS.values()),
        *("limits_setup_again", "report_again", "reported_again"),
        *("animate_confirm", "animate_edit", "extend_confirm"),
        *("morph_edited", "morph_redone"),
        *("blend_edit_own", "blend_edited", "blend_redo", "blend_redone"),
        *("blend_confirm", "blend_cheaper"),
        # A select, for which journeys stand, and what is on the private card that it opens.
        *("picture", "upscale_make", "picture_animate", "picture_use", "picture_used"),
        *("picture_get", "picture_mark", "film_mark", "vary", "edit_make", "lineage"),
        *("used_as_image", "picture_edit", "edit_choose", "edit_redo", "edit_redone"),
        *(f"edit_{name}" for name in ("inpaint", "outpaint", "erase", "replace", "recolour")),
    }
)
"""On private cards and forms, which nobody else sees; those of a report are looked at by
themselves."""
