"""Questions about what shapes look like and where they are."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions.phrases import say
from demo.questions.turn import (
    Asker,
    Rng,
    Turn,
    article,
    capital,
    choose,
    colour_word,
    full_name,
    joined,
    kind_word,
    name_of,
    pick,
    plural,
    trait_name,
)
from demo.view import PLACES, View
from demo.world import BACKGROUNDS, COLOURS, KINDS, Shape

COLOUR = (
    "<what> <col> is {n}<in>",
    "<what> <col> is {n}",
    "<what> <col> [does {n} have|has {n}]<in>",
    "[what's|what is|whats] the <col> of {n}<in>",
    "[what's|what is|whats] {n}'s <col>",
    "what <col>'s {n}",
    "{n} is [what|which] <col>",
    "{n}[:|,] [which|what] <col>",
    "[the |]<col> of {n}",
    "<give> the <col> of {n}",
    "<give> {n}'s <col>",
    "<tell> [what|which] <col> {n} is",
    "<tell> what <col> {n} has",
    "<tell> the <col> of {n}",
    "in [what|which] <col> is {n} [drawn|painted|shown|coloured]",
    "[what|which] <col> [would you say |do you think ||]is {n}",
    "how is {n} coloured",
    "is {n} {c} or {d} or [what|something else]",
    "what is {n} coloured [in|like]",
    "what <col> has {n} got",
    "[what|which] <col> [was|would] {n}[ be|]",
    "what [would you say|do you think] is the <col> of {n}",
    "{n}'s <col>",
    "can you [name|give] the <col> of {n}",
)


def colour(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if shape is None and rng.random() < 0.06:
        return _absent_colour(view, rng)
    shape = shape or choose(view, rng)
    name = name_of(shape, view, rng, called, but="turn")
    if shape is None or name is None or any(c in name.split() for c in COLOURS) or "violet" in name:
        return None
    if "turquoise" in name or "light blue" in name:
        return None
    c, d = pick(rng, tuple(COLOURS)), pick(rng, tuple(COLOURS))
    question = say(rng, COLOUR, n=name, c=c, d=d)
    key = ", then ".join(shape.colours)
    others = () if shape.second_colour else tuple(c for c in COLOURS if c != shape.colour)
    subject = "It" if called else f"The {shape.kind}"
    return Turn(
        "colour", question, f"{subject} is {key}.", key, shape, others, again=colour, short=key
    )


def _absent_colour(view: View, rng: Rng) -> Turn | None:
    kind = pick(rng, [k for k in KINDS if not view.of(k)])
    question = say(rng, COLOUR[:11], n=f"the {kind_word(kind, rng)}")
    return Turn("colour", question, f"There is no {kind} in the video.", f"no {kind}")


_KIND = (
    "<what> [shape|kind of shape|sort of shape|form|figure|object] is {n}<in>",
    "<whats> {n}<in>",
    "<whats> {n}",
    "<what> [shape|form] does {n} have",
    "{n} is [what|which] [shape|form|kind of shape]",
    "{n}[, what is it|: what is it| is a|, what shape| is what]",
    "<tell> what {n} is",
    "<tell> what [shape|form] {n} [has|is]",
    "[what|which] [shape|kind of thing|sort of thing] [would you say |]is {n}",
    "is {n} a {k} or [what is it|a {l} or what|something else]",
    "[the |]shape of {n}",
    "what [form|shape] is {n}",
)
_COLOURED = (
    "[what|which] [shape|object|thing|figure|one|of them] is {c}<in>",
    "what is {c}<in>",
    "[what|which] [shape|object|thing] [has the colour {c}|is coloured {c}|is painted {c}|is the {c} one]",
    "what {c} [thing|shape|object|figure] [is there|do you see|can you see|is it|is this]<in>",
    "what's {c}",
    "[which|what] of [them|the shapes] is {c}",
)
_ONLY = (
    "[what|which] shape is it",
    "[what|which] [shape|kind of shape] [is shown|do you see|is there|can you see|is visible]<in>",
    "what is [shown|there]<in>",
    "what is it",
)


def kind(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    shape = shape or choose(view, rng)
    if shape is None:
        return None
    if not called and len(view.shapes) == 1 and rng.random() < 0.3:
        question = say(rng, _ONLY)
    elif not called and len(view.of(colour=shape.colour)) == 1 and rng.random() < 0.4:
        question = say(rng, _COLOURED, c=colour_word(shape.colour, rng))
    else:
        name = called
        if not name and len(view.of(colour=shape.colour)) == 1:
            thing = pick(rng, ("shape", "shape", "one", "thing", "object", "figure"))
            name = f"the {colour_word(shape.colour, rng)} {thing}"
        if not called and (not name or rng.random() < 0.2):
            name = trait_name(shape, view, rng) or name
        if not name:
            return None
        question = say(rng, _KIND, n=name, k=pick(rng, KINDS), l=pick(rng, KINDS))
    others = tuple(k for k in KINDS if k != shape.kind)
    return Turn(
        "kind",
        question,
        f"It is {article(shape.kind)}.",
        shape.kind,
        shape,
        others,
        short=shape.kind,
    )


WHERE = (
    "where is {n}{t}",
    "where's {n}{t}",
    "where {t2}is {n}",
    "[whereabouts|where exactly] is {n}{t}",
    "where [can I|do I|do you|can you|do we] [find|see] {n}{t}",
    "[in which|in what|what|which] [part|area|corner|place|region] of the <pic> is {n}{t}",
    "[on which|which|on what] side is {n}{t}",
    "<tell> where {n} is{t}",
    "[position|location|place] of {n}{t}",
    "where [does|would] {n} [sit|lie|stand|appear]{t}",
    "{n}, where is it{t}",
)
_BEGINS = (
    "where does {n} [start|begin|come from|start out|start off|set off]",
    "[in which|what] part of the <pic> does {n} [start|begin]",
)
_ENDS = (
    "where does {n} [end|end up|stop|finish|come to rest|land]",
    "[in which|what] part of the <pic> does {n} [end|end up|stop]",
)
_EITHER = (
    "is {n} [on the left or on the right|left or right|on the left or the right side|more to the left or to the right]{t}",
    "[on which|which|what] side [of the <pic> |]is {n}{t}[, left or right|]",
)


def _then(first: Shape, last: float) -> Asker:
    """And where is it at the other end, asked after one of the two."""

    def asker(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
        where = view.place(first, last)
        question = say(rng, AND_THEN[int(last)])
        return Turn("place", question, f"It is {where}.", where, first, short=where)

    return asker


AND_THEN = (
    ("[and|what about|how about|and what about] <start>",),
    ("[and|what about|how about|and what about] <end>", "and [later|then|after that]"),
)


def place(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    shape = shape or choose(view, rng)
    name = name_of(shape, view, rng, called, but="move")
    if shape is None or name is None:
        return None
    time = (
        None if shape.motion.kind == "still" and rng.random() < 0.7 else float(rng.random() < 0.5)
    )
    moment = "" if time is None else say(rng, ("<start>",) if time == 0 else ("<end>",))
    slots = {"n": name, "t": moment and f" {moment}", "t2": moment and f"{moment} "}
    if rng.random() < 0.15:
        where = view.side(shape, time)
        question = say(rng, _EITHER, **slots)
    else:
        where = view.place(shape, time)
        extra = () if time is None else _BEGINS * 2 if time == 0 else _ENDS * 2
        question = say(rng, WHERE + extra, **slots)
        if "side" in question and where not in ("on the left", "on the right"):
            where = view.side(shape, time)
    others = tuple(p for row in PLACES for p in row if p != where)
    then = None if time is None else _then(shape, 1 - time)
    return Turn("place", question, f"It is {where}.", where, shape, others, short=where, then=then)


_FIRST = (
    "[what|which] <col> is {n} [at first|<start>|before it changes|before the change|originally]",
    "[what|which] <col> [was|did] {n} [have before|before it changed|at first|before|originally]",
    "[what|which] <col> does {n} [start with|have <start>|begin with]",
    "what was {n}'s [first|original|old] <col>",
)
_SECOND = (
    "[what|which] <col> does {n} [turn|turn into|become|change to|change into|get|take on|have <end>|switch to|end with]",
    "[what|which] <col> is {n} [<end>|after it changes|after the change|afterwards|later]",
    "[what|which] [does {n} turn into|<col> did {n} become|<col> did {n} change to]",
    "{n} [changes to|turns|becomes] [what|which] <col>",
    "[what's|what is] the [new|second|last] <col> of {n}",
    "<tell> [what|which] <col> {n} [turns|becomes|changes to]",
    "to [what|which] <col> does {n} change",
    "into [what|which] <col> does {n} turn",
)
_BOTH = (
    "[which|what] <col>s does {n} have",
    "how does {n} change [its|]<col>",
    "from [what|which] <col> to [what|which] <col> does {n} change",
    "[what|which] two <col>s does {n} have",
)


def change(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """The colours of a shape that changes its colour."""
    shape = shape or choose(view, rng, lambda s: bool(s.second_colour))
    name = name_of(shape, view, rng, called, but="flash")
    if shape is None or name is None or not shape.second_colour:
        return None
    form = rng.random()
    if form < 0.3 and not any(c in name.split() for c in COLOURS):
        c = shape.colour
        return Turn("change", say(rng, _FIRST, n=name), f"It is {c} at first.", c, shape, short=c)
    if form < 0.45 and not any(c in name.split() for c in COLOURS):
        both = ", then ".join(shape.colours)
        return Turn("change", say(rng, _BOTH, n=name), f"It is {both}.", both, shape)
    c = shape.second_colour
    return Turn("change", say(rng, _SECOND, n=name), f"It turns {c}.", c, shape, short=c)


_GROUND = (
    "[what|which] <col> is [the|] [background|backdrop|ground]<in>",
    "[what's|what is|whats] the [background|backdrop]'s <col>",
    "[what's|what is|whats] the <col> of the [background|backdrop]",
    "[background|backdrop] <col>",
    "[what|which] <col> [is|lies] behind [the shapes|them|everything|it all|the objects]",
    "[what|which] <col> does the [background|backdrop] have",
    "[what's|what is|whats] [in|on] the background",
    "what does the background look like",
    "describe the background",
    "<tell> [what|which] <col> the [background|backdrop] is",
    "<give> the <col> of the background",
    "[in front of|on|against] [what|which] <col>[ed background|] [do the shapes move|are the shapes|is it all shown]",
    "what's behind [the shapes|them|everything]",
    "what [sort|kind] of background [is it|is there|do you see]",
    "[what|which] <col> [are the shapes on|do the shapes stand on|is the scene set on|fills the background]",
    "what is the <col> [of the scene|at the back|in the back|behind it all]",
    "<col> of [the |][background|backdrop]",
    "what's the [background|backdrop] [like|painted|coloured]",
)
_GROUND_IS = (
    "is the [background|backdrop] {c}",
    "is it {c} [behind the shapes|in the background|behind them]",
    "is there a {c} background",
    "the background is {c}, [right|isn't it|correct]",
    "does it have a {c} background",
)


def ground(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    name = view.ground()
    others = tuple(c for c in BACKGROUNDS if c != name)
    if rng.random() < 0.3:
        asked = name if rng.random() < 0.5 else pick(rng, (*others, *others, *COLOURS))
        yes = asked == name
        question = say(rng, _GROUND_IS, c=colour_word(asked, rng))
        answer = f"{'Yes' if yes else 'No'}, the background is {name}."
        return Turn("ground", question, answer, "yes" if yes else "no")
    return Turn(
        "ground", say(rng, _GROUND), f"The background is {name}.", name, None, others, short=name
    )


_PALETTE = (
    "[what|which] <col>s [are there|can be seen|do you see|are in it|are shown|appear|are used|can you see]<in>",
    "[what|which] <col>s [are|do] [the <things>|they] [have|]",
    "list [the|all] <col>s<in>",
    "name [the|all] <col>s",
    "[what|which] <col>s do [the <things>|they] have",
    "<tell> [which|what] <col>s there are<in>",
)


def palette(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    key = joined(view.palette())
    return Turn("palette", say(rng, _PALETTE), f"{capital(key)}.", key)


_LISTING = (
    "[what|which] <things> [are there|are in <this>|do you see|can you see|did you see|are shown|were shown|can be seen|appear|are visible]<in>",
    "list [the|all|all the] <things><in>",
    "list [everything|all] [you can see|you see|that is there|there is]",
    "name [the|all|all the] <things>",
    "[give me|make|I need|write|show me] a list of [the|all|all the] <things>[| with their <col>s]",
    "[which|what] kinds of [shapes|objects|things] [are there|are in it|do you see]<in>",
    "<tell> [which|what] <things> [there are|you see|are in it|are shown]",
    "what is [in|on] <this>",
    "whats in <this>",
    "what [all |]can you see<in>",
    "enumerate the <things>",
    "what <things>",
    "[what|which] <col> [does|has] [each|every] [shape|one|of them|thing][ have|]",
    "[tell me|list|give me|what are] the <col>s of [all|all the|every one of the|the] <things>",
    "[tell me|say] [what|which] [shapes|things] and <col>s [there are|you see]",
    "[list|name] [each|every] <thing> [with|and] its <col>",
    "what is [everything|all] [you see|in it|that you see|in <this>]",
    "[all|all the] <things>[ please| pls|]",
)


def listing(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    question = say(rng, _LISTING)
    things = [article(f"{s.colour} {s.kind}") for s in view.shapes]
    answer = f"{capital(joined(things))}." if things else NOTHING
    return Turn("listing", question, answer, answer)


# What is said of a clip that is only background
NOTHING = "There are no shapes in the video."


_ELSE = (
    "what else [is there|do you see|can you see|is visible|is shown|is in it]<in>",
    "what else is there [besides|apart from|except for|other than|next to] {n}",
    "[apart from|besides|except for|other than] {n}, [what do you see|what is there|what else is there|what can be seen]<in>",
    "[is there |]anything [else|other] [than|besides|apart from|but] {n}<in>",
    "[which|what] other <things> [are there|do you see|can you see|are in it] [besides|apart from|than] {n}",
    "what [do you see|is there] [besides|apart from|other than] {n}",
)
_ELSE_AFTER = (
    "what else[| is there| do you see| can you see| is in it]",
    "anything else",
    "[which|what] other <things> are there",
    "and [besides|apart from|except] that",
    "and what else",
    "what about the others",
    "what are the other <things>",
)


def others(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """What is there besides one shape."""
    shape = shape or choose(view, rng)
    name = name_of(shape, view, rng, called, but="turn")
    if shape is None or name is None:
        return None
    question = say(rng, _ELSE_AFTER if called else _ELSE[1:], n=name)
    rest = [article(f"{s.colour} {s.kind}") for s in view.shapes if s is not shape]
    answer = f"{capital(joined(rest))}." if rest else "Nothing else."
    return Turn("others", question, answer, answer)


_NOT = (
    "[which|what] [<things> are|ones are|of them are|of the shapes are][ not|n't] {c}",
    "[which|what] [<things>|ones|of them] aren't {c}",
    "[what|which] [shape |]is not {c}",
    "[which|what] [<things>|ones] are not {k}",
    "[what|which] [<things>|of them] aren't {k}",
    "everything that is not {c}",
)


def unlike(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Those that are not red, or no circles."""
    some = choose(view, rng)
    if called or some is None:
        return None
    template = pick(rng, _NOT)
    if "{k}" in template:
        kind = some.kind if rng.random() < 0.8 else pick(rng, KINDS)
        question = say(rng, (template,), k=plural(kind_word(kind, rng)))
        found = view.but(kind=kind)
    else:
        c = some.colour if rng.random() < 0.8 else pick(rng, tuple(COLOURS))
        question = say(rng, (template,), c=colour_word(c, rng))
        found = view.but(colour=c)
    answer = f"{capital(joined(map(full_name, found)))}." if found else "None of them."
    return Turn("unlike", question, answer, answer)
