"""Questions about several shapes at once: both, all, the same, how many kinds and colours."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions import verbs
from demo.questions.phrases import say
from demo.questions.turn import (
    NUMBERS,
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
)
from demo.view import DOES, Unclear, View, does
from demo.world import COLOURS, KINDS, Shape

_BOTH = (
    "do [both |]{a} and {b} {base}",
    "do {a} and {b} both {base}",
    "are {a} and {b} [both |]{doing}",
    "is it true that [both |]{a} and {b} {base}",
    "{a} and {b} both {base}, [right|correct|yes or no]",
    "<tell> if {a} and {b} both {base}",
)


def both(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Do the two both do it."""
    one = choose(view, rng)
    other = choose(view, rng, lambda s: s is not one)
    a, b = name_of(one, view, rng, ""), name_of(other, view, rng, "")
    if called or one is None or other is None or a is None or b is None:
        return None
    able = [w for w in DOES if does(one, w) or does(other, w)]
    what = pick(rng, able) if able and rng.random() < 0.85 else pick(rng, DOES)
    first, second = view.does(one, what), view.does(other, what)
    base, _, doing, _ = verbs.saying(what, rng)
    question = say(
        rng,
        _BOTH,
        a=a,
        b=b,
        base=base.replace(" its ", " their "),
        doing=doing.replace(" its ", " their "),
    )
    third, many = verbs.third(what), verbs.ANSWERS[what]
    if first and second:
        answer = f"Yes, both {many}."
    elif first or second:
        answer = f"No, only {full_name(one if first else other)} {third}."
    else:
        answer = f"No, neither of them {third}."
    word = "yes" if first and second else "no"
    return Turn("both", question, answer, word, short=word)


_BOTH_THERE = (
    "[is|are] there [both |]{a} and {b}<in>",
    "[do|can|did] you see [both |]{a} and {b}",
    "does <this> [have|show|contain] [both |]{a} and {b}",
    "{a} and {b}[, both there|, are both there|, yes or no]",
)


def both_there(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Is there a circle and a star."""
    kinds = list(dict.fromkeys(s.kind for s in view.shapes))
    if called or not kinds:
        return None
    a = pick(rng, kinds)
    rest = [k for k in kinds if k != a]
    b = pick(rng, rest) if rest and rng.random() < 0.5 else pick(rng, [k for k in KINDS if k != a])
    if rng.random() < 0.15:
        a = pick(rng, [k for k in KINDS if k != b])
    if rng.random() < 0.5:
        a, b = b, a
    missing = [k for k in (a, b) if not view.of(k)]
    question = say(rng, _BOTH_THERE, a=article(kind_word(a, rng)), b=article(kind_word(b, rng)))
    if not missing:
        answer, word = f"Yes, there is {article(a)} and {article(b)}.", "yes"
    elif len(missing) == 1:
        answer, word = f"No, there is no {missing[0]}.", "no"
    else:
        answer, word = f"No, there is no {a} and no {b}.", "no"
    return Turn("is_there", question, answer, word, short=word)


_ALL_ARE = (
    "are all [the |of the |]<things> {x}",
    "are they all {x}",
    "is [everything|every <thing>|each <thing>] {y}",
    "are there only {z}<in>",
    "[only|just] {z}[, right|, yes or no|]",
    "is it true that all [the |]<things> are {x}",
    "are all of them {x}",
    "do you see [only|nothing but] {z}",
)


def all_are(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Are they all circles, is everything red."""
    some = choose(view, rng)
    if called or some is None:
        return None
    if rng.random() < 0.5:
        kind = some.kind if rng.random() < 0.85 else pick(rng, KINDS)
        word = kind_word(kind, rng)
        x, y, z = plural(word), article(word), plural(word)
        rest = view.but(kind=kind)
        said = plural(kind)
    else:
        if any(s.second_colour for s in view.shapes):
            return None
        colour = some.colour if rng.random() < 0.85 else pick(rng, tuple(COLOURS))
        x = y = colour_word(colour, rng)
        z = f"{x} {pick(rng, ('shapes', 'things', 'objects'))}"
        rest = view.but(colour=colour)
        said = colour
    yes = "no" if rest else "yes"
    verb = "is" if len(rest) == 1 else "are"
    answer = (
        f"No, {joined(map(full_name, rest))} {verb} not."
        if rest
        else f"Yes, all of them are {said}."
    )
    return Turn("all_are", say(rng, _ALL_ARE, x=x, y=y, z=z), answer, yes, short=yes)


_HOW_MANY_COLOURS = (
    "how many [different |]<col>s [are there|do you see|can you see|are used|do the <things> have|appear|are in it]<in>",
    "how many [different |]<col>s",
    "[what is|what's] the number of [different |]<col>s",
    "count the <col>s",
)
_HOW_MANY_KINDS = (
    "how many [different |]kinds of [shapes|things|objects|figures] [are there|do you see|can you see|are in it|appear]<in>",
    "how many [different |]types of [shapes|objects] [are there|do you see]<in>",
    "how many different shapes [are there|do you see]",
    "how many sorts of [shapes|figures|things] [are there|do you see]",
)
_COMMON = {
    "kind": (
        "[what|which] [shape|kind of shape|form|kind] is [the |]most [common|frequent]",
        "[what|which] [shape|kind of shape|form] [occurs|appears|is there|comes up] [most|most often|more than once|the most]",
        "what is the most [common|frequent] [shape|kind of shape|form]",
        "[which|what] [shape|kind] is there more than once",
    ),
    "colour": (
        "[what|which] <col> is [the |]most [common|frequent]",
        "[what|which] <col> [occurs|appears|is there|is used|comes up] [most|most often|more than once|the most]",
        "what is the most [common|frequent] <col>",
        "[which|what] <col> is there more than once",
    ),
}


def variety(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """How many colours and kinds there are, and which is there most often."""
    if called or not view.shapes:
        return None
    trait = "colour" if rng.random() < 0.5 else "kind"
    if trait == "colour":
        view.palette()
    values = [getattr(s, trait) for s in view.shapes]
    if rng.random() < 0.6:
        number = len(set(values))
        question = say(rng, _HOW_MANY_COLOURS if trait == "colour" else _HOW_MANY_KINDS)
        # Some mean how many shapes there are
        if "different shapes" in question and number != len(values):
            raise Unclear
        noun = (
            "colour" if trait == "colour" else "kind of shape" if number == 1 else "kinds of shapes"
        )
        many = noun if number == 1 or trait == "kind" else "colours"
        answer = f"There {'is' if number == 1 else 'are'} {NUMBERS[number]} {many}."
        return Turn("count", question, answer, NUMBERS[number], short=NUMBERS[number])
    top = max(set(values), key=lambda v: (values.count(v), v))
    most = values.count(top)
    question = say(rng, _COMMON[trait])
    if len(values) > 1 and most == 1:
        noun = "colours" if trait == "colour" else "kinds"
        answer = f"All {noun} are there once."
        return Turn("variety", question, answer, answer)
    if len(values) == 1 or sum(values.count(v) == most for v in set(values)) > 1:
        raise Unclear
    many = plural(top) if trait == "kind" else f"{top} shapes"
    answer = f"{capital(top)}, there are {NUMBERS[most]} {many}."
    return Turn("variety", question, answer, top, short=top)


_SAME_AS = (
    "[which|what] [shape|one|<things>|other <thing>] [has|have] the same <col> as {n}",
    "[which|what] [shape|one|other <thing>] is the same <col> as {n}",
    "[what|which shape] is as {c} as {n}",
    "does [anything|any other <thing>|another <thing>] have the same <col> as {n}",
    "is [anything|another <thing>] [the same <col> as|coloured like] {n}",
)


def same_as(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Which has the same colour as this one."""
    shape = shape or choose(view, rng)
    name = name_of(shape, view, rng, called)
    if shape is None or name is None or any(s.second_colour for s in view.shapes):
        return None
    if any(c in name.split() for c in (*COLOURS, "violet", "turquoise", "light")):
        return None
    found = [s for s in view.shapes if s is not shape and s.colour == shape.colour]
    question = say(rng, (*_SAME_AS[:2], *_SAME_AS[3:]), n=name)
    names = joined(map(full_name, found))
    if question.startswith(("does ", "is ")):
        yes = "yes" if found else "no"
        return Turn(
            "same_as",
            question,
            f"Yes, {names}." if found else "No, nothing else.",
            yes,
            shape,
            short=yes,
        )
    answer = f"{capital(names)}." if found else "None of them."
    return Turn("same_as", question, answer, answer, shape)


_MORE_OF = (
    "[is|are] there [another|any other|any more|other|more] {x}",
    "[are there|do you see|any] other {xs}",
    "is there [another|a second|one more] {x1}",
    "any [more|other] {xs}",
    "is it the only {x1}",
)


def more_of(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Are there other circles, is it the only red one: after one was talked of."""
    if shape is None or not called:
        return None
    if rng.random() < 0.5:
        found = [s for s in view.shapes if s is not shape and s.kind == shape.kind]
        word = kind_word(shape.kind, rng)
        x1, xs, none = word, plural(word), shape.kind
    else:
        if any(s.second_colour for s in view.shapes):
            return None
        found = [s for s in view.shapes if s is not shape and s.colour == shape.colour]
        word, thing = colour_word(shape.colour, rng), pick(rng, ("shape", "thing", "object", "one"))
        x1, xs, none = f"{word} {thing}", f"{word} {thing}s", f"{shape.colour} shape"
    form = pick(rng, _MORE_OF[1:])
    question = say(rng, (form,), xs=xs, x1=x1)
    yes = bool(found) != form.startswith("is it the only")
    verb = "is" if len(found) == 1 else "are"
    there = (
        f"there {verb} {joined(article(f'{s.colour} {s.kind}') for s in found)}"
        if found
        else f"there is no other {none}"
    )
    word = "yes" if yes else "no"
    return Turn("more_of", question, f"{capital(word)}, {there}.", word, shape, short=word)
