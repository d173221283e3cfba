"""Questions about the course of the clip: what is there when, what stays as it is, what changes."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions.looks import NOTHING
from demo.questions.phrases import say
from demo.questions.turn import (
    TIMES,
    WAY,
    Rng,
    Turn,
    article,
    capital,
    choose,
    full_name,
    joined,
    name_of,
)
from demo.view import Unclear, View
from demo.world import COLOURS, Shape

_SEEN = (
    "[which|what] <things> are [there|visible|shown|present|to be seen|in the <pic>|on screen] {t}",
    "[what|which <things>] [can be seen|do you see|can you see|is there|is visible|is in the <pic>] {t}",
    "{t}[,|] [what|which <things>] [can be seen|do you see|is there|are there|is visible]",
    "[list|name] the <things> {t}",
    "<tell> [what|which <things>] [is|are] [there|visible] {t}",
    "which of [them|the <things>] are [there|visible] {t}",
)
_LEFT = (
    "[what|which <things>|which shapes|which one] [is|are] [still there|still visible|left] <end>",
    "[what|which <things>] [remain|remains|stays|is left|are left|stay until the end]",
    "[what's|who is] left <end>",
)
_GONE = (
    "[which|what] <things> are [there|visible] <start> but not <end>",
    "[what|which <things>|which shape] [is|are] [gone|missing|no longer there|not there any more] <end>",
    "[what|which <things>] [do you see|are there] only <start>",
)
_NEW = (
    "[which|what] <things> are [there|visible] <end> but not <start>",
    "[what|which <things>|which shape] [is|are] [new|added|there that was not there before] <end>",
    "[what|which <things>|which shape] [is|are] not there <start>",
    "[what|which <things>] [do you see|are there] only <end>",
)


def seen_at(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """What is there at the start and at the end, what is gone, what is new."""
    if called or not view.shapes:
        return None
    first, last = view.seen(0), view.seen(1)
    form = rng.random()
    if form < 0.35:
        found, question = first, say(rng, _SEEN, t=say(rng, ("<start>",)))
    elif form < 0.7:
        found = last
        question = say(rng, _SEEN + _LEFT, t=say(rng, ("<end>",)))
    else:
        gone = form < 0.85
        before, after = (first, last) if gone else (last, first)
        found = [s for s in before if not any(s is o for o in after)]
        if not found and rng.random() < 0.6:
            return None
        question = say(rng, _GONE if gone else _NEW)
    found = [s for s in view.shapes if any(s is o for o in found)]
    answer = f"{capital(joined(map(full_name, found)))}." if found else "None of them."
    return Turn("seen_at", question, answer, answer, found[0] if len(found) == 1 else None)


_WHOLE_TIME = "[the whole time|all the time|throughout|from start to end|from beginning to end|always|the entire time]"
_WHICH_STAY = (
    f"[which|what] <things> are [there|visible|in the <pic>|on screen] {_WHOLE_TIME}",
    f"[what|which one|which shape] [is|stays|remains] [there|visible] {_WHOLE_TIME}",
    "[which|what] <things> [never leave|never disappear|are always there|can always be seen]",
)
_WHICH_NOT = (
    f"[which|what] <things> are not [there|visible] {_WHOLE_TIME}",
    f"[what|which one|which shape] is not [there|visible] {_WHOLE_TIME}",
    "[which|what] <things> are [only there for a part of the <video>|not always there|there only part of the time]",
)
_ALL_STAY = (
    f"are all [the |of the |]<things> [there|visible|shown] {_WHOLE_TIME}",
    f"are they all [there|visible] {_WHOLE_TIME}",
    f"is [everything|every <thing>] [there|visible] {_WHOLE_TIME}",
    "do all [the |]<things> stay [until the end|to the end|visible|in the <pic>]",
)


def staying(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Which are there the whole time, and whether all are."""
    if called or not view.shapes:
        return None
    always = [s for s in view.shapes if view.always(s)]
    others = [s for s in view.shapes if not view.always(s)]
    form = rng.random()
    if form < 0.4:
        yes = "no" if others else "yes"
        question = say(rng, _ALL_STAY)
        if "until" in question or "to the end" in question:
            raise Unclear
        verb = "is" if len(others) == 1 else "are"
        answer = (
            f"No, {joined(map(full_name, others))} {verb} not."
            if others
            else "Yes, all of them are."
        )
        return Turn("staying", question, answer, yes, short=yes)
    found, templates = (always, _WHICH_STAY) if form < 0.7 else (others, _WHICH_NOT)
    answer = f"{capital(joined(map(full_name, found)))}." if found else "None of them."
    question = say(rng, templates)
    return Turn("staying", question, answer, answer, found[0] if len(found) == 1 else None)


_KEEPS_COLOUR = (
    "is {n} always the same <col>",
    "[does|did] {n} [keep|hold] [its|the same] <col>",
    "does {n} [stay|remain] [the same <col>|{c}]",
    "is {n} {c} [the whole time|all the time|always|throughout|from start to end]",
    "does the <col> of {n} stay the same",
)
_COLOUR_CHANGES = (
    "does the <col> of {n} change",
    "does {n}'s <col> change",
    "is there a change in the <col> of {n}",
)
_KEEPS_SIZE = (
    "[does|did] {n} [keep|hold] [its|the same] size",
    "does {n} [stay|remain] [the same size|equally big|as big as it is]",
    "is {n} always the same size",
    "is {n} always [equally big|as big]",
)
_SIZE_CHANGES = (
    "does {n} change [its |]size",
    "does the size of {n} change",
    "does {n} [become|get] [bigger or smaller|larger or smaller]",
)
_KEEPS_WAY = (
    "does {n} [always move|keep moving|move] in the same direction",
    "does {n} [keep|hold] its direction",
)
_WAY_CHANGES = (
    "does {n} change [its |]direction",
    "does {n} [turn|go|come|move] back[ again|]",
    "does {n} [reverse|reverse its direction|go back and forth|move back and forth]",
)


def keeps(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Does it keep its colour, its size, its direction."""
    shape = shape or choose(view, rng)
    name = name_of(shape, view, rng, called, but="turn")
    if shape is None or name is None:
        return None
    form = rng.random()
    if form < 0.5:
        if rng.random() < 0.4 and not shape.second_colour:
            shape = choose(view, rng, lambda s: bool(s.second_colour)) if not called else shape
            name = name_of(shape, view, rng, called, but="turn")
            if shape is None or name is None:
                return None
        if any(c in name.split() for c in (*COLOURS, "violet", "turquoise", "light")):
            return None
        changes = bool(shape.second_colour)
        keeping = rng.random() < 0.6
        question = say(rng, _KEEPS_COLOUR if keeping else _COLOUR_CHANGES, n=name, c=shape.colour)
        said = (
            f"it is {', then '.join(shape.colours)}" if changes else f"it is always {shape.colour}"
        )
    elif form < 0.75:
        changes = shape.growth != 1
        keeping = rng.random() < 0.5
        question = say(rng, _KEEPS_SIZE if keeping else _SIZE_CHANGES, n=name)
        said = (
            f"it {'grows' if shape.growth > 1 else 'shrinks'}"
            if changes
            else "its size stays the same"
        )
    else:
        name = name_of(shape, view, rng, called, but="move")
        motion = shape.motion
        if motion.kind == "still" or name is None:
            return None
        changes = motion.kind == "bounce"
        keeping = rng.random() < 0.4
        question = say(rng, _KEEPS_WAY if keeping else _WAY_CHANGES, n=name)
        said = (
            f"it bounces {TIMES[motion.bounces]}"
            if changes
            else f"it moves {WAY[motion.direction]}"
        )
    word = "yes" if changes != keeping else "no"
    return Turn("keeps", question, f"{capital(word)}, {said}.", word, shape, short=word)


_MOVEMENT = (
    "is there [any |]movement<in>",
    "is there [any |]motion<in>",
    "[any|is there any] [movement|motion]",
    "do you see [any |]movement",
)
_STATIC = (
    "is [it|<this>] a [still|static] [picture|image|scene]",
    "is <this> [static|motionless]",
    "is it just a [still picture|photo]",
)
_ANY_SIZE = (
    "does [anything|any <thing>|any of them|something|a shape] change [its |]size",
    "does [anything|any <thing>|something] [get|become] [bigger or smaller|larger or smaller]",
    "is there anything that changes its size",
    "[which|what] [shape|one|<thing>] changes [its |]size",
)
_ANYTHING = (
    "is there [anything|something|any <thing>|any shape][ at all| to see|]<in>",
    "[is|are] there [any |]shapes[ at all|]<in>",
    "is <this> empty",
    "is there nothing[ at all|]<in>",
    "is the <pic> empty",
)


def course(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Is there any movement, does any change its size, is there anything at all."""
    if called:
        return None
    form = rng.random()
    if form < 0.4:
        moving = view.doing("move")
        if not moving and (view.events or any(s.spin or s.growth != 1 for s in view.shapes)):
            # It turns or appears without moving: who would call that still?
            raise Unclear
        static = rng.random() < 0.3
        if static and moving and not view.shapes:
            return None
        said = (
            f"{joined(map(full_name, moving))} {'moves' if len(moving) == 1 else 'move'}"
            if moving
            else "nothing moves"
        )
        word = "yes" if bool(moving) != static else "no"
        return Turn(
            "course",
            say(rng, _STATIC if static else _MOVEMENT),
            f"{capital(word)}, {said}.",
            word,
            short=word,
        )
    if form < 0.75:
        if not view.shapes:
            return None
        found = [s for s in view.shapes if s.growth != 1]
        if len({s.growth > 1 for s in found}) > 1:
            return None
        question = say(rng, _ANY_SIZE)
        verb = (
            ("grow" if found[0].growth > 1 else "shrink") + "s" * (len(found) == 1) if found else ""
        )
        said = f"{joined(map(full_name, found))} {verb}" if found else "nothing changes its size"
        if question.startswith(("which", "what")):
            return Turn("course", question, f"{capital(said)}.", said)
        word = "yes" if found else "no"
        return Turn("course", question, f"{capital(word)}, {said}.", word, short=word)
    question = say(rng, _ANYTHING)
    empty = "empty" in question or "nothing" in question
    word = "yes" if bool(view.shapes) != empty else "no"
    number = len(view.shapes)
    many = f"there {'is' if number == 1 else 'are'} {('no', 'one', 'two', 'three', 'four', 'five', 'six')[number]} shape{'s' * (number != 1)}"
    return Turn("course", question, f"{capital(word)}, {many}.", word, short=word)


_NAME_ONE = (
    "name [one|a|any] [shape|thing|object]",
    "[tell me|give me] [one|a] [shape|object|thing] [you see|that you see|in it|in <this>]",
    "one [shape|thing] you see",
)


def name_one(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Any of them: the first."""
    if called:
        return None
    answer = (
        f"{capital(article(f'{view.shapes[0].colour} {view.shapes[0].kind}'))}."
        if view.shapes
        else NOTHING
    )
    return Turn("listing", say(rng, _NAME_ONE), answer, answer)
