"""Therapists answer: consent, background, items before, material, items after, the end. Without any script of the page."""

from fakes.visitors import House, hidden
from therapyarc.web.collect import collect_sessions


def test_the_whole_way_from_the_link_to_the_end(house: House) -> None:
    person = house.invited()
    assert person.get("/therapist").headers["location"] == "/join"
    person.join()
    assert person.get("/").headers["location"] == "/consent"
    assert person.get("/therapist").headers["location"] == "/consent"
    person.consent()
    assert person.get("/therapist").headers["location"] == "/therapist/background"
    person.background()
    first = person.items()[0]
    assert person.get("/therapist").headers["location"] == f"/therapist/item/{first.id}"
    assert len(person.items(1)) == 2 + 3
    assert len(person.items(2)) == 2
    person.finish()
    done = person.get("/therapist/done")
    assert done.status_code == 200
    assert "17 stored answers" in done.text, "8 of the background, 5 before, 2 of reading, 2 after"


def test_a_form_without_script_saves_and_goes_on(house: House) -> None:
    person = house.answering()
    first, second = person.items()[:2]
    page = person.get(f"/therapist/item/{first.id}").text
    assert "Question 1 of 5" in page
    fields = {**hidden(page), "value": first.options[1], "action": "next"}
    sent = person.client.post(f"/therapist/item/{first.id}", data=fields)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/therapist/item/{second.id}")
    again = person.client.post(f"/therapist/item/{first.id}", data=fields)
    assert again.headers["location"] == f"/therapist/item/{second.id}", "a double click is one answer"
    assert person.steps().answer(first).revision == 1
    assert f'value="{first.options[1]}" checked' in person.get(f"/therapist/item/{first.id}").text


def test_another_device_goes_on_at_the_same_item(house: House) -> None:
    person = house.answering()
    first, second = person.items()[:2]
    person.answer(first, first.options[0], 0, "a")
    assert person.second().get("/therapist").headers["location"] == f"/therapist/item/{second.id}"


def test_a_second_window_overwrites_nothing_and_both_answers_are_shown(house: House) -> None:
    person = house.answering()
    (open_item,) = [step for step in person.items() if step.item == "respond"]
    path = f"/therapist/item/{open_item.id}"
    old = hidden(person.get(path).text)
    assert person.answer(open_item, "from the other window", 0, "other").status_code == 200
    refused = person.client.post(path, data={**old, "value": "from this window", "action": "next"})
    assert refused.status_code == 409
    assert "from the other window" in refused.text
    assert "from this window" in refused.text
    assert person.steps().answer(open_item).value == "from the other window"
    mine = {**hidden(refused.text), "value": "from this window", "action": "next"}
    assert person.client.post(path, data=mine).status_code == 303
    assert person.steps().answer(open_item).value == "from this window"


def test_a_part_is_finished_only_when_the_server_has_every_answer(house: House) -> None:
    person = house.answering()
    early = person.post("/therapist/part", {"part": "1"})
    assert early.status_code == 422
    assert person.steps().part == 1
    for place, step in enumerate(person.items()):
        person.answer(step, "", 0, f"d{place}", action="decline")
    assert person.post("/therapist/part", {"part": "1"}).headers["location"] == "/therapist"
    assert person.steps().part == 2
    assert person.post("/therapist/part", {"part": "1"}).headers["location"] == "/therapist"
    assert person.steps().part == 2, "a second click finishes no other part"
    late = person.answer(person.items(1)[0], person.items(1)[0].options[0], 1, "late")
    assert (late.status_code, late.json()["error"]) == (409, "therapist.locked")


def test_what_is_read_stands_between_the_parts_and_its_time_is_kept(house: House) -> None:
    person = house.answering()
    for step in person.items():
        person.answer(step, "", 0, step.id, action="decline")
    person.post("/therapist/part", {"part": "1"})
    path = person.get("/therapist").headers["location"]
    assert path.startswith("/therapist/material/")
    assert "Activity and mood" not in person.get(path).text, "reading begins by a button"
    item = person.items(2)[0]
    assert person.get(f"/therapist/item/{item.id}").headers["location"] == "/therapist", "not before reading"
    person.post(path, {"action": "started", "key": "a"})
    page = person.get(path).text
    assert "Activity and mood &lt;b&gt;go&lt;/b&gt; together" in page
    house.clock.now += 90
    person.post(path, {"action": "finished", "key": "b"})
    read = person.steps().material(2)
    assert read is not None
    began, ended = (person.steps().answer(read, field).saved_at for field in ("started", "finished"))
    assert began is not None
    assert ended is not None
    assert 90 <= ended - began < 91
    assert person.get("/therapist").headers["location"] == f"/therapist/item/{item.id}"


def test_people_who_take_part_become_sessions_and_others_are_missing_with_a_reason(house: House) -> None:
    done, left = house.person().finish(), house.answering()
    first, other = left.items()[:2]
    left.answer(first, "", 0, "d", action="decline")
    left.answer(other, other.options[0], 0, "o")
    planned = [step.id for one in (done, left) for step in one.steps().every if step.kind == "item"]
    sessions = {one.id: one for one in collect_sessions(house.store, house.design, planned)}
    assert len(sessions) == 14
    mine = done.items()
    assert [sessions[step.id].reply for step in mine if step.options] == ["A", "A"]
    assert {sessions[step.id].missing for step in mine} == {None}
    assert sessions[other.id].missing == "not_administered", (
        "the part is not finished, so the answer may change"
    )
    for step in left.items()[2:]:
        left.answer(step, "", 0, step.id, action="decline")
    left.post("/therapist/part", {"part": "1"})
    left.post("/withdraw", {"answers": "keep"})
    sessions = {one.id: one for one in collect_sessions(house.store, house.design, planned)}
    assert sessions[first.id].missing == "declined"
    assert sessions[other.id].reply == "A"
    assert sessions[left.items(2)[0].id].missing == "dropped_out"


def test_withdrawal_can_take_every_answer_along(house: House) -> None:
    person = house.person().finish()
    item = person.items()[0]
    assert "deleted" in person.post("/withdraw", {"answers": "delete"}).text
    assert not person.steps().held
    assert person.get("/therapist").headers["location"] == "/join"
    assert person.invited is not None
    assert person.client.post("/join", data={"code": person.invited.token}).status_code == 403
    (session,) = collect_sessions(house.store, house.design, [item.id])
    assert (session.missing, session.reply) == ("dropped_out", None)


def test_declining_consent_asks_nothing_and_the_link_still_leads_back(house: House) -> None:
    person = house.invited().join()
    fields = {**hidden(person.get("/consent").text), "decision": "declined"}
    assert "You do not take part" in person.client.post("/consent", data=fields).text
    assert person.get("/therapist").headers["location"] == "/consent"
    stale = {**fields, "decision": "given", "version": "0" * 64}
    assert person.client.post("/consent", data=stale).status_code == 422, (
        "consent is to the text that was shown"
    )
    person.consent()
    assert person.get("/therapist").headers["location"] == "/therapist/background"


def test_an_incomplete_background_form_keeps_what_was_chosen(house: House) -> None:
    person = house.person()
    page = person.get("/therapist/background").text
    back = person.client.post(
        "/therapist/background", data={**hidden(page), "age": "a25_34", "gender": "<script>"}
    )
    assert back.status_code == 422
    assert '<option value="a25_34" selected>' in back.text
    assert "<script>" not in back.text.split("<main")[1]


def test_a_login_renewed_elsewhere_or_ended_loses_no_text(house: House) -> None:
    person = house.answering()
    (step,) = [step for step in person.items() if step.item == "respond"]
    path = f"/therapist/item/{step.id}"
    old = hidden(person.get(path).text)
    person.join()
    fields = {**old, "value": "long & dear", "action": "next"}
    kept = person.client.post(path, data=fields)
    assert kept.status_code == 403
    assert "long &amp; dear" in kept.text
    sent = {**hidden(kept.text), "value": "long & dear"}
    assert person.client.post(path, data=sent).status_code == 303
    assert person.steps().answer(step).value == "long & dear"
    house.clock.now += house.settings.login_s + 1
    ended = person.client.post(path, data={**fields, "value": "even longer", "revision": "1", "key": "k2"})
    assert ended.status_code == 401
    assert "even longer" in ended.text
