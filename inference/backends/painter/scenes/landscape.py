"""A view to the horizon: sky, ground or water, and what stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.backends.painter.scenes import land, sky, things, town, water, weather, woods
from inference.backends.painter.scenes.hours import light_of
from inference.backends.painter.scenes.scene import Scene

if TYPE_CHECKING:
    from inference.backends.painter.scenes.scene import Studio

GROUNDS = ("sea", "mountains", "hills", "desert", "forest", "city")


def compose(studio: Studio) -> Scene:
    """The view with the ground that the words name first, and a second one behind it."""
    dice, features = studio.dice("landscape"), studio.features
    wishes = {name: features.score(name) + dice.number(0.0, 0.3) for name in GROUNDS}
    if (
        features.score("sea") > 0.35
        and features.score("sea") >= max(features.score("hills"), 0.3) * 0.6
    ):
        wishes["sea"] += 0.6
    ground = max(wishes, key=lambda name: wishes[name])
    light = light_of(studio)
    high = ground in ("sea", "desert") and features.score("wide") > 1.2
    horizon = studio.half_height * (dice.number(0.10, 0.34) if high else dice.number(-0.05, 0.28))
    view = sky.plan(studio, light, horizon)
    scene = Scene(jitter=0.0032, warp=0.018, swirl=0.14, reach=4, texture=0.022)
    _paint_sky(studio, scene, view)
    _paint_far(studio, scene, view, ground)
    _paint_ground(studio, scene, view, ground)
    _set_things(studio, scene, view, ground)
    _paint_weather(studio, scene, view)
    return scene


def _paint_sky(studio: Studio, scene: Scene, view: sky.Sky) -> None:
    features = studio.features
    scene.paint(sky.gradient(studio, view))
    night = view.light.darkness
    starlight = features.score("stars") + 0.8 * night - 0.4
    if starlight > 0.25 and night > 0.3:
        scene.touch(sky.stars(studio, view.horizon, min(starlight, 1.6)))
    if features.score("aurora") > 0.3:
        scene.paint(sky.aurora(studio, view, features.amount("aurora")))
    has_disc = features.score("sun") + features.score("moon") + studio.dice("disc").number() > 0.35
    if has_disc:
        scene.paint(sky.halo(studio, view))
    cloudy = features.score("clouds") + studio.dice("cloudy").number(-0.15, 0.55)
    if cloudy > 0.1:
        scene.paint(sky.clouds(studio, view, min(cloudy, 1.5)))
    if has_disc:
        scene.paint(sky.disc(studio, view))
    if features.score("rainbow") > 0.3:
        scene.paint(sky.rainbow(studio, view, features.amount("rainbow")))


def _paint_far(studio: Studio, scene: Scene, view: sky.Sky, ground: str) -> None:
    """Mountains behind the water, the hills or the town, where the words or the seed want them."""
    if ground == "mountains" or ground == "forest":
        return
    score = studio.features.score("mountains") + studio.dice("far").number(-0.55, 0.42)
    if score < 0.2:
        return
    rows = land.ranges(studio, view.light, view.horizon, "mountains", 4, 0.24 + 0.16 * score)[:2]
    scene.paint(*land.mountains(studio, view.light, rows, view.disc_x))


def _paint_ground(studio: Studio, scene: Scene, view: sky.Sky, ground: str) -> None:
    light, horizon = view.light, view.horizon
    count = 4 + studio.dice("rows").pick((0, 1, 2))

    def rows(thing: str, height: float) -> list[land.Range]:
        return land.ranges(studio, light, horizon, thing, count, height)

    if ground == "sea":
        scene.paint(water.sea(studio, view))
    elif ground == "mountains":
        scene.paint(*land.mountains(studio, light, rows(ground, 0.42), view.disc_x))
    elif ground == "desert":
        scene.paint(*land.dunes(studio, light, rows(ground, 0.26), view.disc_x))
    elif ground == "forest":
        scene.warp = 0.004
        scene.paint(*woods.woods(studio, light, rows(ground, 0.3)))
    elif ground == "city":
        _paint_town(studio, scene, view)
    else:
        scene.paint(*land.hills(studio, light, rows("hills", 0.24), view.disc_x))


def _paint_town(studio: Studio, scene: Scene, view: sky.Sky) -> None:
    """A skyline, and the wet street or the still water that repeats its lights."""
    line = view.horizon + (studio.half_height - view.horizon) * 0.42
    rows = land.ranges(studio, view.light, view.horizon, "city", 4, 0.44)
    scene.jitter, scene.warp = 0.0016, 0.004
    scene.paint(*town.town(studio, view.light, rows, view.horizon, line))
    scene.paint(water.wet_ground(studio, view, line))


def _set_things(studio: Studio, scene: Scene, view: sky.Sky, ground: str) -> None:
    features, light = studio.features, view.light
    if features.score("tower") > 0.4:
        dice = studio.dice("place")
        x = (-1.0 if view.disc_x > 0 else 1.0) * studio.half_width * dice.number(0.3, 0.5)
        foot = view.horizon + dice.number(0.14, 0.26) * studio.half_height
        top = foot - (0.75 + 0.2 * features.amount("tower")) * studio.half_height
        if features.score("beam") > 0.2:
            lamp = foot - (foot - top) * 0.92
            scene.paint(sky.beams(studio, x, lamp, 2, features.amount("beam")))
        scene.paint(things.tower(studio, light, x, foot, top))
    elif features.score("beam") > 0.4:
        amount = features.amount("beam")
        scene.paint(sky.beams(studio, view.disc_x, view.disc_y, 7, amount))
    if features.score("sail") > 0.4:
        scene.touch(things.sails(studio, light, view.horizon, features.amount("sail")))
    if features.score("trees") > 0.5 and ground != "forest":
        scene.paint(*woods.trees(studio, light, view.horizon, features.amount("trees")))
    if features.score("flowers") > 0.4 and ground != "sea":
        scene.touch(things.flowers(studio, light, view.horizon, features.amount("flowers")))
    if features.score("birds") > 0.4:
        scene.touch(sky.birds(studio, view, features.amount("birds")))


def _paint_weather(studio: Studio, scene: Scene, view: sky.Sky) -> None:
    features, light = studio.features, view.light
    mist = features.score("fog") + studio.dice("mist").number(-0.3, 0.3)
    if mist > 0.2:
        scene.paint(weather.fog(studio, light.haze, view.horizon, mist))
    if features.score("rain") > 0.3:
        colour = light.haze.toward(light.disc, 0.5)
        scene.touch(weather.rain(studio, colour, features.amount("rain")))
    if features.score("snow") > 0.5:
        scene.touch(weather.snowfall(studio, features.amount("snow")))
    if features.score("sparks") > 0.3:
        scene.touch(weather.sparks(studio, features.amount("sparks")))
