"""Questions about when something happens, in which order, and for how long it is there."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions import verbs
from demo.questions.phrases import say
from demo.questions.turn import (
    WHEN,
    Rng,
    Turn,
    capital,
    choose,
    colour_word,
    full_name,
    name_of,
    pick,
)
from demo.view import Unclear, View
from demo.world import PARTS, Event, Shape, part

# From the events' words to those of `view.DOES`
_WHAT = {
    "appears": "appear",
    "disappears": "vanish",
    "leaves": "leave",
    "turns": "turn",
    "flashes": "flash",
}


def what_of(event: Event) -> str:
    """The event's name in `view.DOES`."""
    return _WHAT[event.what.split()[0]]


def _say_event(event: Event, rng: Rng) -> tuple[str, str, str, str]:
    """Ways of saying it; a change of colour with or without the new one."""
    if event.shape.second_colour and event.what.startswith("turns") and rng.random() < 0.6:
        colour = colour_word(event.shape.second_colour, rng)
        return verbs.forms(f"{pick(rng, ('turn', 'turn', 'become', 'get'))} {colour}")
    return verbs.saying(what_of(event), rng)


WHEN_DOES = (
    "when [does|did] {n} {base}<in>",
    "when is {n} {doing}",
    "when's {n} {doing}",
    "[in which|in what|which|what] part of <this> does {n} {base}",
    "at [what|which] [point|time|moment|stage] [in <this> |]does {n} {base}",
    "[does {n} {base}|is {n} {doing}] [at the beginning, in the middle or at the end|early or late|at the start, in the middle or at the end]",
    "does {n} {base} [early or late|early, in the middle or late]<in>[? when|]",
    "when in <this> does {n} {base}",
    "<tell> when {n} {third}",
    "{n} {third} when",
    "[how|when] [early|late] does {n} {base}",
    "[what's|what is] the [moment|time] when {n} {third}",
)
_WHEN_ANY = (
    "when does [something|anything|a <thing>|a shape] {base}",
    "when [is|does] [something|a shape] {doing}",
    "when [is|was] that",
)
_NOUN = {
    "turn": "[change of colour|colour change|color change]",
    "flash": "[flash|blink]",
    "appear": "[appearance]",
    "vanish": "[disappearance]",
    "leave": "[exit]",
}
_WHEN_NOUN = (
    "when [does|is] the {noun}[ happen| take place|]",
    "at [what|which] point is the {noun}",
    "when does the {noun} happen",
)
_WHEN_IT = (
    "when",
    "when[ is that| was that| does that happen| does this happen| does it do that| did that happen| exactly|, exactly]",
    "at [what|which] [point|time|moment]",
    "and when",
    "[in which|what] part of <this>",
)


def when(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    found = [e for e in view.events if shape is None or e.shape is shape]
    if not found:
        return None
    event = pick(rng, found)
    moment, what = view.moment(event), what_of(event)
    base, third, doing, _ = _say_event(event, rng)
    single = sum(what_of(e) == what for e in view.events) == 1 and (
        what != "flash" or not view.repeats()
    )
    if single and not called and rng.random() < 0.2:
        if rng.random() < 0.5:
            noun = say(rng, (_NOUN[what],))
            question = say(rng, _WHEN_NOUN, noun=noun)
        else:
            base, third, doing, _ = verbs.saying(what, rng)
            question = say(rng, _WHEN_ANY[:1], base=base)
    else:
        name = name_of(event.shape, view, rng, called, but=what)
        if name is None:
            return None
        question = say(rng, WHEN_DOES, n=name, base=base, third=third, doing=doing)
    others = tuple(p for p in PARTS if p != moment)
    return Turn(
        "when",
        question,
        f"{capital(WHEN[moment])}.",
        moment,
        event.shape,
        others,
        what,
        short=moment and WHEN[moment],
    )


_HALF = (
    "in [which|what] half [of <this> |]does {n} {base}",
    "does {n} {base} in the first or [in the |]second half",
    "[is it|does that happen] in the first or the second half that {n} {third}",
)


def half(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """In which half of the clip it happens."""
    found = [e for e in view.events if shape is None or e.shape is shape]
    event = pick(rng, found) if found else None
    if event is None or 0.42 < event.time < 0.58:
        return None
    view.event_of(event.shape, what_of(event))
    name = name_of(event.shape, view, rng, called, but=what_of(event))
    if name is None:
        return None
    base, third, _, _ = _say_event(event, rng)
    which = "first" if event.time < 0.5 else "second"
    question = say(rng, _HALF, n=name, base=base, third=third)
    return Turn(
        "half",
        question,
        f"In the {which} half.",
        which,
        event.shape,
        does=what_of(event),
        short=which,
    )


def when_that(view: View, rng: Rng, shape: Shape, what: str) -> Turn:
    """When, asked after it was said that it happens."""
    moment = view.when(shape, what)
    return Turn("when", say(rng, _WHEN_IT), f"{capital(WHEN[moment])}.", moment, shape, does=what)


def _ordered(view: View, rng: Rng) -> tuple[Event, Event] | None:
    """Two events of different shapes, clearly one after the other."""
    pairs = [
        (one, two)
        for i, one in enumerate(view.events)
        for two in view.events[i + 1 :]
        if two.time - one.time >= 0.1 and one.shape is not two.shape
    ]
    return pick(rng, pairs) if pairs else None


_BEFORE = (
    "does {a} {abase} {w} {b} {bthird}",
    "did {a} {abase} {w} {b} {bthird}",
    "is {a} {adoing} {w} {b} {bthird}",
    "{a} {athird} {w} {b} {bthird}, [right|correct|doesn't it|yes or no]",
    "<tell> [if|whether] {a} {athird} {w} {b} {bthird}",
    "is it {w} {b} {bthird} that {a} {athird}",
)
_FIRST = (
    "[what|which] [happens|comes|is|occurs] {p}[:|,] {a} {athird} or {b} {bthird}",
    "[what|which] [happens|comes|is|occurs] {p}[:|,] {a} {adoing} or {b} {bdoing}",
    "[what|which] [happens|is] {p}, the {a2} {adoing} or the {b2} {bdoing}",
    "what is {p}[:|,] {a} {athird} or {b} {bthird}",
    "which of these happens {p}: {a} {athird}, {b} {bthird}",
    "does {a} {abase} {p} or does {b} {bbase} {p}",
)


def order(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    pair = None if called else _ordered(view, rng)
    if pair is None:
        return None
    labels = [name_of(e.shape, view, rng, "", but=what_of(e)) or full_name(e.shape) for e in pair]
    sentences = [f"{full_name(e.shape)} {e.what}" for e in pair]
    said = [_say_event(e, rng) for e in pair]
    if rng.random() < 0.4:  # yes or no
        a = int(rng.integers(2))
        b = 1 - a
        word = pick(rng, ["before", "before", "after", "earlier than", "later than"])
        # "before the star does", where both do the same
        alike = what_of(pair[0]) == what_of(pair[1])
        that = "does" if "than" in word or (alike and rng.random() < 0.4) else said[b][1]
        if "than" in word and not alike:
            return None
        question = say(
            rng, _BEFORE, w=word, a=labels[a], b=labels[b],
            abase=said[a][0], athird=said[a][1], adoing=said[a][2], bthird=that,
        )  # fmt: skip
        yes = (a == 0) == (word in ("before", "earlier than"))
        answer = f"{'Yes' if yes else 'No'}, {sentences[0]} first."
        word = "yes" if yes else "no"
        return Turn("order", question, answer, word, short=word)
    wanted = int(rng.random() < 0.35)
    place = ("first", "last")[wanted]
    shown = pick(
        rng,
        ("first", "first", "earlier", "sooner")
        if not wanted
        else ("last", "last", "later", "second"),
    )
    a, b = (0, 1) if rng.random() < 0.5 else (1, 0)
    question = say(
        rng, _FIRST, p=shown, a=labels[a], b=labels[b],
        a2=labels[a].removeprefix("the "), b2=labels[b].removeprefix("the "),
        abase=said[a][0], bbase=said[b][0],
        athird=said[a][1], bthird=said[b][1], adoing=said[a][2], bdoing=said[b][2],
    )  # fmt: skip
    answer = f"{capital(sentences[wanted])} {place}."
    return Turn("order", question, answer, answer)


_HAPPENS: dict[str, tuple[str, ...]] = {
    "first": (
        "what happens [first|at first|first of all]<in>",
        "[what's|what is|whats] the first [thing that happens|thing to happen|event|change|thing]<in>",
        "what [changes|occurs|comes] first",
        "<tell> what happens first",
        "which event [comes|is] first",
        "first event",
    ),
    "last": (
        "what happens [last|last of all|as the last thing]<in>",
        "[what's|what is|whats] the [last|final] [thing that happens|thing to happen|event|change|thing]<in>",
        "what [changes|occurs|comes] last",
        "<tell> what happens last",
        "which event [comes|is] last",
        "last event",
    ),
}
_DURING = {
    "beginning": (
        "what happens [at the beginning|at the start|early on|in the beginning|when it starts|when <this> starts]",
        "what changes [at the beginning|at the start|early on]",
    ),
    "middle": (
        "what happens [in the middle|halfway|halfway through|in the middle of <this>|around the middle|midway]",
        "what changes [in the middle|halfway]",
    ),
    "end": (
        "what happens [at the end|in the end|towards the end|at the end of <this>|near the end|when it ends]",
        "what changes [at the end|in the end]",
        "how does <this> end",
    ),
}
_NEXT = (
    "what happens [next, |]after {n} {third}",
    "what [comes|happens|follows|is next] after {n} {third}",
    "what happens [after that|next|then], after {n} {third}",
    "after {n} {third}[,|] what happens[| next| then]",
    "{n} {third}[. what|, what|, and what| and then what] happens [next|then|after that]",
    "<tell> what happens after {n} {third}",
    "once {n} {third}, what happens",
)


_PREVIOUS = (
    "what [happens|comes|is|happened] [right |just |]before {n} {third}",
    "before {n} {third}[,|] what happens",
    "[which|what] event [comes|is] before {n} {third}",
)


def sentence(event: Event) -> str:
    return f"{full_name(event.shape)} {event.what}"


def what_happens(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """What happens first, last, next, or in a part of the clip: answered with the event."""
    if called or not view.events:
        return None
    form = rng.random()
    if form < 0.5:
        place = "first" if rng.random() < 0.5 else "last"
        event = view.event(0 if place == "first" else -1)
        question = say(rng, _HAPPENS[place])
    elif form < 0.58:
        after = pick(rng, view.events)
        event = view.preceding(after.shape, what_of(after))
        name = name_of(after.shape, view, rng, "", but=what_of(after))
        if name is None:
            return None
        _, third, _, past = _say_event(after, rng)
        question = say(rng, _PREVIOUS, n=name, third=pick(rng, [third, third, past]))
    elif form < 0.75:
        moment = pick(rng, tuple(PARTS))
        event = view.around(moment)
        question = say(rng, _DURING[moment])
    else:
        before = pick(rng, view.events)
        event = view.following(before.shape, what_of(before))
        name = name_of(before.shape, view, rng, "", but=what_of(before))
        if name is None:
            return None
        _, third, _, past = _say_event(before, rng)
        question = say(rng, _NEXT, n=name, third=pick(rng, [third, third, past]))
    answer = f"{capital(sentence(event))}."
    return Turn("order", question, answer, answer, event.shape, does=what_of(event))


_FIRST_TO = (
    "[which|what] [shape|object|thing|one|of them] {third} {p}",
    "[what|who] {third} {p}",
    "[which|what] [shape|one|thing] is the {p} to {base}",
    "[what's|what is] the {p} [shape|thing|one] to {base}",
    "[which|what] [shape|one] [is|was] {p} to {base}",
)


def first_to(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Which appears first."""
    kinds = [what_of(e) for e in view.events]
    several = [w for w in set(kinds) if kinds.count(w) > 1]
    if called or not several:
        return None
    what = sorted(several)[int(rng.integers(len(several)))]
    if what == "flash" and any(len(s.flashes) > 1 for s in view.shapes):
        return None
    found = [e for e in view.events if what_of(e) == what]
    view.doing(what)
    late = rng.random() < 0.3
    event = found[-1] if late else view.event_of(view.first_to(what), what)
    if late and found[-1].time - found[-2].time < 0.1:
        return None
    base, third, _, _ = verbs.saying(what, rng)
    p = "last" if late else "first"
    question = say(rng, _FIRST_TO, p=p, base=base, third=third)
    answer = f"{capital(full_name(event.shape))} {verbs.third(what)} {p}."
    return Turn("order", question, answer, answer, event.shape, does=what)


STAY = (
    "[how long|for how long] is {n} [there|visible|shown|in the <pic>|on screen|to be seen]<in>",
    "[how long|for how long] [does {n} stay|can {n} be seen|do we see {n}|can you see {n}|can we see {n}|do you see {n}][| for]",
    "until when is {n} [there|visible]",
    "[since when|from when on] is {n} [there|visible]",
    "during [which|what] [part|time] [of <this> |]is {n} [there|visible]",
    "for [what|which] part of <this> is {n} [there|visible]",
    "how long [is|was] {n} [around|present|on display]",
    "[how long|from when to when] is {n} [there|visible]",
    "when is {n} [there|visible|in the <pic>]",
    "<tell> how long {n} is [there|visible]",
    "how long [does|did] {n} [last|remain|stay visible]",
)
_ALWAYS = (
    "is {n} [there|visible|in the <pic>|shown|on screen] [the whole time|all the time|from beginning to end|from start to end|throughout|always|during the whole <video>|for the whole <video>|the entire time|all along|constantly]",
    "is {n} always [there|visible|in the <pic>]",
    "[do you|can you|do we] see {n} [the whole time|all the time|throughout|from start to finish]",
    "does {n} stay [there |]the whole time",
    "does {n} [stay|remain] visible [throughout|all the time|to the end]",
)
_THERE = {
    0: (
        "is {n} [already |][there|visible|in the <pic>|shown] <start>",
        "[do you|can you] see {n} <start>",
        "is {n} in the first frame",
        "is {n} there from the start",
    ),
    1: (
        "is {n} [still |][there|visible|in the <pic>|shown] <end>",
        "[do you|can you] [still |]see {n} <end>",
        "is {n} in the last frame",
        "is {n} there until the end",
        "is {n} left <end>",
        "does {n} stay until the end",
    ),
}


def stay(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """How long one is there, whether always, at the start, at the end."""
    shape = shape or choose(view, rng, lambda s: rng.random() < 0.5 or not view.always(s))
    name = name_of(shape, view, rng, called, but="appear")
    if shape is None or name is None:
        return None
    goes = shape.motion.end if shape.motion.kind == "leave" else shape.vanishes
    leaves = "leaves" if shape.motion.kind == "leave" else "disappears"
    form = rng.random()
    if form < 0.3:
        time = int(rng.random() < 0.5)
        there = any(shape is s for s in view.seen(time))
        moment = ("at the start", "at the end")[time]
        question = say(rng, _THERE[time], n=name)
        if ("from the start" in question and goes <= 1) or (
            "until the end" in question and shape.appears > 0
        ):
            raise Unclear
        word = "yes" if there else "no"
        return Turn(
            "stay",
            question,
            f"{capital(word)}, it is {'' if there else 'not '}there {moment}.",
            word,
            shape,
            short=word,
        )
    comes, ends = part(shape.appears), part(goes)
    if form < 0.6:
        yes = view.always(shape)
        question = say(rng, _ALWAYS, n=name)
        if yes:
            return Turn(
                "stay", question, "Yes, it is there the whole time.", "yes", shape, short="yes"
            )
        does = "appears" if shape.appears > 0 else leaves
        ended = comes if shape.appears > 0 else ends
        if ended is None:
            raise Unclear
        return Turn("stay", question, f"No, it {does} {WHEN[ended]}.", "no", shape, short="no")
    question = say(rng, STAY, n=name)
    if view.always(shape):
        answer = "The whole time."
    elif shape.appears > 0 and goes <= 1:
        if goes - shape.appears > 0.25 or comes is None:
            raise Unclear
        answer = f"Only for a moment, {WHEN[comes]}."
    elif shape.appears > 0:
        if comes is None:
            raise Unclear
        answer = f"It appears {WHEN[comes]} and stays until the end."
    else:
        if ends is None:
            raise Unclear
        answer = f"From the start until it {leaves} {WHEN[ends]}."
    return Turn("stay", question, answer, answer, shape)
