"""What has come is shown beside the question about the rest, and once."""

from __future__ import annotations

from datetime import timedelta

from bot.delivery.status_cards import LONG
from generation.errors import Filtered
from jobs.delivery import Progress, Result
from tests.bot.delivery.cinema import START, Cinema
from tests.journeys.studio import attachments, buttons, text_of


async def test_the_question_says_what_it_costs(cinema: Cinema):
    await cinema.shows().question(cinema.job, 0, START + timedelta(hours=1))
    card = await cinema.card()
    assert list(buttons(card)) == ["Start again", "Leave it"]
    assert "You pay 2.00 once" in text_of(card)
    assert "your credits come back" in text_of(card)


async def test_the_question_about_several_says_how_many(cinema: Cinema):
    await cinema.shows().question(cinema.job, 0, START + timedelta(hours=1), 2)
    text = text_of(await cinema.card())
    assert "2 films were ordered" in text
    assert "Start them again? You pay 2.00 once for each film that arrives." in text


async def test_what_has_come_is_shown_beside_the_question_and_on(cinema: Cinema):
    job, files = await cinema.drawn(4)
    for file in files[:2]:
        await cinema.database.write(cinema.artifacts.record, file)
    beside = Result(files=files[:2], made=2, failure=Filtered("picture"))
    until, shows = START + timedelta(hours=1), cinema.shows()
    await shows.question(job, 3, until, 1, beside)
    card = await cinema.card()
    assert len(attachments(card)) == 2
    assert list(buttons(card)) == ["Start again", "Leave it", "Report"]
    assert "1 picture is missing and not charged." in text_of(card)
    await shows.progress(job, Progress(done=2, total=4))
    card = await cinema.until("2 of 4 pictures")
    assert (len(attachments(card)), list(buttons(card))) == (2, ["Report"])
    await shows.away(job, START)
    card = await cinema.until("Waiting for the engine")
    assert (len(attachments(card)), list(buttons(card))) == (2, ["Report"])


async def test_how_much_is_shown_beside_the_question_is_kept(cinema: Cinema):
    job, files = await cinema.drawn(3)
    for file in files[:2]:
        await cinema.database.write(cinema.artifacts.record, file)
    until = START + timedelta(hours=1)
    await cinema.shows().question(job, 2, until, 1, Result(files=files[:2], made=2))
    kept = await cinema.database.read(cinema.store.get, job.id)
    assert kept
    assert kept.shown_count == 2
    # The channel goes after that.
    await cinema.driver.fault("404", method="PATCH", route="/channels/", code=10003)
    shown = await cinema.shown_without_patience(kept, files)
    assert (shown.count, shown.is_due) == (2, False)


async def test_it_is_asked_though_discord_does_not_take_the_files(cinema: Cinema):
    job, (file,) = await cinema.drawn(1)
    await cinema.database.write(cinema.artifacts.record, file)
    await cinema.driver.fault("413", method="PATCH", route="/channels/")
    await cinema.shows().question(job, 1, START + timedelta(hours=1), 1, Result(files=[file]))
    card = await cinema.card()
    assert attachments(card) == []
    assert list(buttons(card)) == ["Start again", "Leave it"]


async def test_whether_it_is_shown_is_told(cinema: Cinema):
    until, shows = START + timedelta(hours=1), cinema.shows()
    for route in ("PATCH", "POST"):
        await cinema.driver.fault("403", method=route, route="/channels/")
    assert not await shows.question(cinema.job, 0, until)
    await cinema.driver.clear_faults()
    assert await shows.question(cinema.job, 0, until)
    assert list(buttons(await cinema.card())) == ["Start again", "Leave it"]


async def test_each_question_notifies_its_author_once(cinema: Cinema):
    cinema.late = LONG * 2
    for number in (0, 0, 1):
        await cinema.shows().question(cinema.job, number, START + timedelta(hours=1))
    replies = [one for one in await cinema.driver.messages() if one.get("message_reference")]
    mention = f"<@{cinema.job.member_id}> your film needs an answer"
    assert [one["content"] for one in replies] == [f"{mention}.", f"{mention} about part 2."]


async def test_pictures_that_one_message_has_no_room_for_follow_in_another(cinema: Cinema):
    job, shown = await cinema.pictures(12)
    assert shown == 12
    first, further = sorted(await cinema.driver.messages(), key=lambda one: int(one["id"]))
    names = [one["filename"] for card in (first, further) for one in attachments(card)]
    assert names == [f"atelier-{job.id}-{number}.png" for number in range(1, 13)]
    assert "2.40 credits" in text_of(first)
    assert f"job {job.id}, continued" in text_of(further)


async def test_pictures_that_find_no_place_are_told_and_not_charged(cinema: Cinema):
    await cinema.driver.fault("400", method="POST", route="/channels/", code=50035)
    _, shown = await cinema.pictures(12)
    assert shown == 10
    card = await cinema.card()
    assert len(attachments(card)) == 10
    assert "2 pictures are missing and not charged." in text_of(card)
    assert "2.00 credits" in text_of(card)


async def test_who_waits_for_room_is_told_so(cinema: Cinema):
    await cinema.shows().no_room(cinema.job, START)
    card = await cinema.until("Waiting for room on the disk since")
    assert "within 15 minutes, your credits come back" in text_of(card)
    assert "Next in line" not in text_of(card)
    assert list(buttons(card)) == ["Cancel"]
