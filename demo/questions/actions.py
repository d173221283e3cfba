"""Questions about what shapes do, which do it, and how often."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions import verbs
from demo.questions.phrases import say
from demo.questions.turn import (
    TIMES,
    WAY,
    WHEN,
    Rng,
    Turn,
    capital,
    choose,
    full_name,
    joined,
    name_of,
    pick,
)
from demo.view import DOES, View, does
from demo.world import DIRECTIONS, Shape, part

WAYS = (
    "[which|what] way [does {n} move|does {n} go|is {n} moving|is {n} going|is {n} heading|is {n} headed|did {n} go]<in>",
    "[in |]<what> direction [does {n} move|does {n} go|is {n} moving|is {n} going|is {n} travelling|does {n} travel|is {n} heading|does {n} head][| in]<in>",
    "where [does {n} move|does {n} move to|does {n} go|is {n} going|is {n} heading|is {n} headed|is {n} moving|did {n} go|does {n} head|is {n} off to][ to|]",
    "where's {n} [going|heading|moving|headed][ to|]",
    "[which|what] way's {n} [going|heading|moving]",
    "[what's|what is|whats] the [direction|direction of movement|direction of travel] of {n}",
    "[what's|what is] {n}'s direction",
    "direction of {n}",
    "{n}[:|,] [which way|what direction|which direction]",
    "<give> the direction of {n}",
    "<give> the direction [that {n} moves in|{n} goes in|{n} is moving in|of movement of {n}]",
    "<tell> [which way|where|in which direction|which direction|what direction] {n} [moves|goes|is moving|is going|is heading|moves in]",
    "[towards|to] [what|which] side [does {n} move|is {n} moving|does {n} go]",
    "{n} [moves|goes] in [which|what] direction",
)
_WAY_OF_TWO = (
    "[does {n} [go|move]|is {n} [going|moving|heading]] {a} or {b}",
    "[which|what] way [does {n} go|is {n} moving|does {n} move], {a} or {b}",
)


def direction(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if shape is None:
        moving = rng.random() < 0.9
        shape = choose(view, rng, lambda s: s.motion.kind in ("move", "leave") or not moving)
    name = name_of(shape, view, rng, called, but="move")
    if shape is None or name is None:
        return None
    motion = shape.motion
    question = say(rng, WAYS, n=name)
    if motion.kind in ("move", "leave") and " " not in motion.direction and rng.random() < 0.1:
        axis = ("left", "right") if motion.step[0] else ("up", "down")
        a, b = axis if rng.random() < 0.6 else axis[::-1]
        question = say(rng, _WAY_OF_TWO, n=name, a=a, b=b)
    others = tuple(WAY[d] for d in DIRECTIONS if d != motion.direction)
    if motion.kind == "still":
        return Turn("direction", question, "It does not move.", "not move", shape, again=direction)
    if motion.kind == "bounce":
        axis_name = "left and right" if motion.step[0] else "up and down"
        return Turn(
            "direction", question, f"It bounces {axis_name}.", axis_name, shape, again=direction
        )
    way = WAY[motion.direction]
    return Turn(
        "direction", question, f"It moves {way}.", way, shape, others, "move", direction, way
    )


HOW_OFTEN = (
    "how [many times|often] [does|did] {n} {base}<in>",
    "how [many times|often] is {n} {doing}",
    "{n} {third} how [many times|often]",
    "[count|please count|can you count|could you count|tell me|say] how [many times|often] {n} {third}",
    "count [the times {n} {third}|how often {n} {past}]",
    "<tell> how [many times|often] {n} {third}",
    "[what is|what's] the number of times [that |]{n} {third}",
)
_NOUNS = {
    "flash": (
        "how many [flashes|blinks] [are there|does {n} [have|make|do|show]|do you see|come] [from|of|by] {n}",
        "how many [flashes|blinks] does {n} [have|make|do|show]",
        "[count|what is|tell me|give me] the [number of |][flashes|blinks] of {n}",
        "number of [flashes|blinks] of {n}",
    ),
    "bounce": (
        "how many bounces [does {n} [have|make|do]|are there of {n}|of {n} are there]",
        "[count|what is|tell me|give me] the [number of |]bounces of {n}",
        "number of bounces of {n}",
        "how [many times|often] does {n} [hit|touch|reach] [a|the] [wall|edge|border|side]",
        "how [many times|often] does {n} turn [around|round|back] at the [wall|edge|border]",
    ),
}
_IT_AGAIN = (
    "how [many times|often]",
    "how [many times|often] does it do that",
    "how [many times|often] does that happen",
)
_MORE = ("[does|did] {n} {base} more than {m}", "does {n} {base} {m} or more often")


def times(view: View, rng: Rng, shape: Shape | None, called: str, what: str = "") -> Turn | None:
    """How often it flashes or bounces."""
    given = shape is not None
    shape = shape or choose(view, rng, lambda s: bool(s.flashes) or s.motion.kind == "bounce")
    if not given and rng.random() < 0.08:
        shape = choose(view, rng)
    if shape is None:
        return None
    able = [w for w in ("flash", "bounce") if does(shape, w)]
    what = what or pick(rng, able or ["flash", "bounce"])
    name = name_of(shape, view, rng, called, but=what)
    if name is None:
        return None
    third = verbs.third(what)
    number = view.times(shape, what)
    base, said, doing, past = verbs.saying(what, rng)
    slots = {"n": name, "base": base, "third": said, "doing": doing, "past": past}
    if number and rng.random() < 0.1:
        least = 1 + int(rng.integers(3))
        more = say(rng, _MORE[:1], m=TIMES[least], **slots)
        yes = number > least
        answer = f"{'Yes' if yes else 'No'}, it {third} {TIMES[number]}."
        return Turn("times", more, answer, "yes" if yes else "no", shape, does=what)
    templates = HOW_OFTEN if rng.random() < 0.7 else _NOUNS[what]
    question = say(rng, templates, **slots)
    if called and rng.random() < 0.15:
        question = say(rng, _IT_AGAIN) if len(able) == 1 else question
    if not number:
        return Turn("times", question, f"It does not {what}.", "not", shape)
    others = tuple(t for t in TIMES[1:] if t != TIMES[number])
    answer = f"It {third} {TIMES[number]}."
    return Turn("times", question, answer, TIMES[number], shape, others, what, None, TIMES[number])


ACTION = (
    "what [does|did] {n} do<in>",
    "what is {n} doing<in>",
    "what [happens|is happening|happened] [to|with] {n}<in>",
    "what's {n} [doing|up to]",
    "what's [up|happening|going on|the deal] with {n}",
    "how does {n} [move|behave]<in>",
    "describe [what {n} does|{n}|the movement of {n}|what happens to {n}]",
    "tell me [about {n}|what {n} does|everything about {n}|what happens to {n}|more about {n}]",
    "what about {n}",
    "what can you [say|tell me] about {n}",
    "[and |]{n}[, what does it do| does what|, what happens to it]",
    "<tell> what [{n} does|happens to {n}|{n} is doing]",
)


def predicate(shape: Shape) -> str:
    """Everything it does, as the second half of a sentence."""
    motion = shape.motion
    parts = {
        "still": ["stays still"],
        "move": [f"moves {WAY[motion.direction]}"] if motion.kind == "move" else [],
        "leave": [f"moves {WAY[motion.direction]}", "leaves"] if motion.kind == "leave" else [],
        "bounce": [f"bounces {TIMES[motion.bounces]}"],
    }[motion.kind]
    if shape.spin:
        parts.append("spins")
    if shape.growth != 1:
        parts.append("grows" if shape.growth > 1 else "shrinks")
    if shape.second_colour:
        parts.append(f"turns {shape.second_colour}")
    for verb, time, happens in (
        ("appears", shape.appears, shape.appears > 0),
        ("disappears", shape.vanishes, shape.vanishes < 1),
    ):
        if happens:
            moment = part(time)
            parts.append(f"{verb} {WHEN[moment]}" if moment else verb)
    if shape.flashes:
        parts.append(f"flashes {TIMES[len(shape.flashes)]}")
    return joined(parts) if len(parts) < 3 else " and ".join(parts)


def action(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    shape = shape or choose(view, rng)
    name = name_of(shape, view, rng, called, but="turn")
    if shape is None or name is None:
        return None
    answer = f"It {predicate(shape)}."
    return Turn("action", say(rng, ACTION, n=name), answer, answer, shape, again=action)


_WHICH = (
    "[which|what] [shape|object|thing|figure|one] {third}<in>",
    "[what|who] {third}<in>",
    "[which|what] [shape|object|thing|one] is {doing}<in>",
    "what is {doing}<in>",
    "what's {doing}",
    "[which|what] of [them|the shapes|the <things>] {third}",
    "[which|what] <things> {base}<in>",
    "[which|what] [<things>|ones|of them|of the <things>] are {doing}",
    "[what|which one|which shape] {past}",
    "<tell> [which shape|which one|what|which] {third}",
    "[which|what] [shape|object|thing] [can you see|do you see] {doing}",
    "name [the|all] [<things>|shapes] that {base}",
    "what [does|did] {base}",
    "who is {doing}",
)
_WHICH_NOT = (
    "[which|what] [shape|object|thing|figure|one|of them] [does not|doesn't|doesnt|never|did not|didn't] {base}",
    "what [does not|doesn't|doesnt|never] {base}",
    "[which|what] [<things>|ones|of them] [do not|don't|dont|never] {base}",
    "[which|what] [shape|one|object] [is not|isn't] {doing}",
    "what [is not|isn't] {doing}",
    "[which|what] [<things>|ones|of them] [are not|aren't] {doing}",
    "<tell> [what|which one] [does not|doesn't] {base}",
)
_WHICH_WAY = (
    "[which|what] [shape|object|thing|one|of them] [moves|goes|is moving|is going|travels|is heading] {w}<in>",
    "[what|who] [moves|goes|is moving|is going|travels] {w}",
    "[which|what] <things> [move|go|are moving|are going] {w}",
    "<tell> [which shape|what] [moves|goes] {w}",
)
_THAT_ONE = (
    "which[| one| shape| one is it| one was it| of them| shape is it| one does]",
    "what[ is it| was it| shape is it]",
    "which shape [does that|was that|is that]",
    "who",
    "what [was that|does that]",
)


def _plural(what: str) -> str:
    return verbs.ANSWERS[what]


def list_of(shapes: list[Shape], what: str) -> str:
    """The red circle and the blue star move, nothing moves."""
    if not shapes:
        return f"Nothing {verbs.third(what)}."
    names = capital(joined(map(full_name, shapes)))
    return f"{names} {verbs.third(what) if len(shapes) == 1 else _plural(what)}."


def _some_time(what: str, rng: Rng) -> str:
    """At some point: of what has its time."""
    if what not in ("appear", "vanish", "leave", "flash", "turn") or rng.random() < 0.8:
        return ""
    return say(
        rng,
        (
            " at [some|any] [point|time|moment]",
            " [during|while|in the course of] <this>",
            " [halfway|midway|in between|along the way]",
        ),
    ).replace("while", "during")


def which(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Which shapes move, flash, do not move, go up: answered with their full names."""
    if called:
        return None
    form = rng.random()
    if form < 0.2:
        w = pick(rng, ("left", "right", "up", "down"))
        some = choose(view, rng, lambda s: s.motion.kind in ("move", "leave"))
        if some and rng.random() < 0.8:
            w = some.motion.direction
        if " " in w:
            found = [
                s for s in view.shapes if s.motion.direction == w and s.motion.kind != "bounce"
            ]
        else:
            found = view.going(w)
        ways = [f"to the {w}", f"to the {w}", w] if w not in ("up", "down") else [w, f"{w}wards", w]
        question = say(rng, _WHICH_WAY, w=pick(rng, ways))
        verb = "moves" if len(found) < 2 else "move"
        names = capital(joined(map(full_name, found))) if found else "Nothing"
        answer = f"{names} {verb} {WAY[w]}."
        return Turn(
            "which", question, answer, answer, found[0] if len(found) == 1 else None, does="move"
        )
    doable = [w for w in DOES if any(does(s, w) for s in view.shapes)]
    if not doable:
        return None
    what = pick(rng, doable if rng.random() < 0.8 else list(DOES))
    base, third, doing, past = verbs.saying(what, rng)
    slots = {"base": base, "third": third, "doing": doing, "past": past}
    if form < 0.35:
        what = "still" if rng.random() < 0.6 else what
        if what in ("still", "move"):
            base, third, doing, past = verbs.saying("move", rng)
            found = view.who("still")
            answer = (
                list_of(found, "still")
                .replace("stays still", "does not move")
                .replace("stay still", "do not move")
                if found
                else "All of them move."
            )
        else:
            found = [s for s in view.shapes if not does(s, what)]
            verb = "does" if len(found) == 1 else "do"
            names = capital(joined(map(full_name, found)))
            answer = (
                f"{names} {verb} not {_plural(what)}." if found else f"All of them {_plural(what)}."
            )
            if what in ("leave", "appear", "vanish"):
                return None
        question = say(rng, _WHICH_NOT, base=base, doing=doing)
        return Turn(
            "which", question, answer, answer, found[0] if len(found) == 1 else None, does="move"
        )
    found = view.who(what)
    question = say(rng, _WHICH, **slots) + _some_time(what, rng)
    answer = list_of(found, what)
    return Turn("which", question, answer, answer, found[0] if len(found) == 1 else None, does=what)


_ANY = (
    "[does|did] <any><really> {base}<in>",
    "is <any><really> {doing}<in>",
    "is there [anything|something|a <thing>|any shape|a shape|any <thing>] that {third}<in>",
    "are there [any <things>|<things>|shapes] that {base}<in>",
    "[do|did] [any [of the |]<things>|some <things>|any of them] {base}<in>",
    "are [any [of the |]<things>|any of them] {doing}",
    "[do you see|can you see|did you see|did you notice] [anything|something|a shape|any shape] {doing}",
    "[anything|something] {doing}<in>",
    "any <things> {doing}",
    "[was|is] [there |][anything|something] {doing}",
    "<tell> if <any> {third}",
)
_NO = (
    "does nothing {base}",
    "is nothing {doing}",
    "is it true that nothing {third}",
    "nothing {third}, right",
)


def anything(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Does anything flash, is nothing moving: yes or no, and which."""
    if called:
        return None
    what = pick(rng, DOES)
    doable = [w for w in DOES if any(does(s, w) for s in view.shapes)]
    if doable and rng.random() < 0.35:
        what = pick(rng, doable)
    leaving = [s for s in view.shapes if s.motion.kind == "leave"] if what == "vanish" else []
    gone = [s for s in view.shapes if does(s, what)]
    if leaving and gone:
        return None
    found = view.doing(what) if not leaving else []
    base, third, doing, _ = verbs.saying(what, rng)
    topic = found[0] if len(found) == 1 else None
    said = list_of(found, what)
    said = said[0].lower() + said[1:]
    if rng.random() < 0.06 and what in ("move", "flash", "turn", "bounce"):
        question = say(rng, _NO, base=base, third=third, doing=doing)
        answer = f"{'No' if found else 'Yes'}, {said}"
        return Turn("anything", question, answer, "no" if found else "yes", topic, does=what)
    if leaving:
        # Gone, but did it disappear? The answer says what happens instead of yes or no
        question = say(rng, _ANY, base=base, third=third, doing=doing)
        answer = list_of(leaving, "leave")
        return Turn(
            "anything",
            question,
            answer,
            answer,
            leaving[0] if len(leaving) == 1 else None,
            does="leave",
        )
    question = say(rng, _ANY, base=base, third=third, doing=doing) + _some_time(what, rng)
    answer = f"{'Yes' if found else 'No'}, {said}"
    return Turn(
        "anything",
        question,
        answer,
        "yes" if found else "no",
        topic,
        does=what,
        short="yes" if found else "no",
    )


def that_one(view: View, rng: Rng, shape: Shape, what: str) -> Turn:
    """Which one, asked after it was said that something does it."""
    return Turn(
        "which",
        say(rng, _THAT_ONE),
        list_of([shape], what),
        list_of([shape], what),
        shape,
        does=what,
    )


_EVERY = (
    "[do|did] <all> {base}<in>",
    "are <all> {doing}<in>",
    "does [everything|every shape|each shape|every <thing>|each of them] {base}<in>",
    "is [everything|every shape|each of them] {doing}",
    "is it true that [everything|every shape] {third}",
)


def every(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Do all of them move, does everything stand still."""
    if called or not view.shapes:
        return None
    what = pick(rng, ("move", "move", "still", "still", "flash", "turn", "bounce"))
    found = view.doing(what)
    base, third, doing, _ = verbs.saying(what, rng)
    question = say(rng, _EVERY, base=base, third=third, doing=doing)
    yes = len(found) == len(view.shapes)
    answer = (
        f"Yes, all of them {_plural(what)}." if yes else f"No, not all of them {_plural(what)}."
    )
    return Turn(
        "every", question, answer, "yes" if yes else "no", does=what, short="yes" if yes else "no"
    )


_OF_TWO = (
    "[which|what] [one |of them |of the two |]{third}[,|:] {a} or {b}",
    "what {third}, {a} or {b}",
    "[who|which] is {doing}, {a} or {b}",
)
_NOT_OF_TWO = (
    "[which|what] [one |of them |of the two |shape |][does not|doesn't|never] {base}[,|:] {a} or {b}",
    "[who|which] [is not|isn't] {doing}, {a} or {b}",
)


def either(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Which of two does it, or does not."""
    pairs = [
        (a, b, w)
        for a in view.shapes
        for b in view.shapes
        if a is not b
        for w in DOES
        if does(a, w) and not does(b, w)
    ]
    if called or not pairs:
        return None
    one, other, what = pairs[int(rng.integers(len(pairs)))]
    view.either(one, other, what)
    names = [name_of(s, view, rng, "") for s in (one, other)]
    if None in names:
        return None
    a, b = names if rng.random() < 0.5 else names[::-1]
    base, third, doing, _ = verbs.saying(what, rng)
    if rng.random() < 0.5:
        question = say(rng, _OF_TWO, third=third, doing=doing, a=str(a), b=str(b))
        return Turn("either", question, list_of([one], what), list_of([one], what), one, does=what)
    question = say(rng, _NOT_OF_TWO, base=base, doing=doing, a=str(a), b=str(b))
    answer = f"{capital(full_name(other))} does not {_plural(what)}."
    return Turn("either", question, answer, answer, other, does=what)


DOES_IT = (
    "[does|did] {n}<really> {base}<in>",
    "is {n}<really> {doing}<in>",
    "[would|do] you [say|think] {n} {third}",
    "{n} {third}, [right|doesn't it|correct|yes or no|true or false]",
    "[did|do] you [notice|see] {n} {doing}",
    "is {n} [a <thing>|one] that {third}",
    "is it true that {n} {third}",
    "am I right that {n} {third}",
    "so {n} {third}[, yes|]",
    "would it be right to say that {n} {third}",
    "does {n} [ever|at some point|at any point|at any time] {base}",
    "I think {n} {third}[, is that right|. correct|, right]",
    "is {n} seen {doing}",
    "<tell> [if|whether] {n} {third}",
    "[was|is] {n} {doing}",
    "[doesn't|didn't] {n} {base}",
    "can [you see |]{n} {base}",
    "{n} is {doing}, [right|isn't it]",
)
_GOES = (
    "does {n} [go|move|travel|head] {w}<in>",
    "is {n} [going|moving|heading|travelling] {w}",
    "does {n} [go|move|travel|run] from {o} to {w2}",
    "{n} [moves|goes] {w}, [right|doesn't it]",
)


def does_it(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Does it move, flash, go up: yes or no."""
    shape = shape or choose(view, rng)
    if shape is None:
        return None
    if rng.random() < 0.15 and shape.motion.kind in ("move", "leave", "still"):
        name = name_of(shape, view, rng, called, but="move")
        w = pick(rng, ("up", "down", "left", "right"))
        if shape.motion.direction in WAY and rng.random() < 0.4:
            w = shape.motion.direction
        if name is None or " " in w:
            return None
        yes = view.goes(shape, w)
        said = f"to the {w}" if w in ("left", "right") and rng.random() < 0.7 else w
        opposite = {"left": "right", "right": "left", "up": "bottom", "down": "top"}[w]
        to = {"up": "top", "down": "bottom"}.get(w, w)
        question = say(rng, _GOES, n=name, w=said, o=opposite, w2=to)
        way = (
            "does not move"
            if shape.motion.kind == "still"
            else f"moves {WAY[shape.motion.direction]}"
        )
        answer = f"{'Yes' if yes else 'No'}, it {way}."
        return Turn("does_it", question, answer, "yes" if yes else "no", shape, does="move")
    doable = [w for w in DOES if does(shape, w)]
    what = pick(rng, doable) if rng.random() < 0.4 else pick(rng, DOES)
    return _does(view, rng, shape, called, what)


def _does(view: View, rng: Rng, shape: Shape, called: str, what: str) -> Turn | None:
    name = name_of(shape, view, rng, called, but=what)
    if name is None:
        return None
    base, third, doing, _ = verbs.saying(what, rng)
    question = say(rng, DOES_IT, n=name, base=base, third=third, doing=doing)
    if what == "vanish" and shape.motion.kind == "leave":
        # Neither yes nor no, where people would argue
        return Turn("does_it", question, "It leaves.", "leaves", shape, does="leave")
    yes = view.does(shape, what)
    said = f"it {verbs.third(what)}" if yes else f"it does not {_plural(what)}"
    answer = f"{'Yes' if yes else 'No'}, {said}."
    word = "yes" if yes else "no"

    def again(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
        return None if shape is None else _does(view, rng, shape, called, what)

    return Turn("does_it", question, answer, word, shape, does=what, again=again, short=word)
