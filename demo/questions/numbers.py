"""How many there are: in all, of a kind, at a time, and more or fewer than others."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions import verbs, vocabulary
from demo.questions.looks import AND_THEN
from demo.questions.phrases import say
from demo.questions.turn import (
    NUMBERS,
    Asker,
    Rng,
    Turn,
    capital,
    choose,
    colour_word,
    joined,
    kind_word,
    name_of,
    pick,
    plural,
)
from demo.view import DOES, Unclear, View, does
from demo.world import COLOURS, KINDS, Shape

COUNT = (
    "how many {x} [are there|do you see|can you see|are in <this>|are shown|can be seen|did you see|are visible|does <this> [show|have|contain]|do we see|appear|are displayed]<in>",
    "how many {x} [are there |]in [total|all]",
    "how many {x}<in>",
    "[count|please count|can you count|could you count] [the|all|all the] {x}<in>",
    "[what's|what is|whats] the [number|total number|count] of {x}<in>",
    "number of {x}<in>",
    "<tell> how many {x} there are<in>",
    "<give> the number of {x}<in>",
    "[there are|I see] how many {x}",
    "how many [different|single|individual] {x} [are there|do you see]<in>",
    "[total|total number of|count of|overall number of] {x}<in>",
    "{x} count",
    "how many {x} [would you say there are|have you got|can you make out|did you count|do you count|can you find]<in>",
    "what number of {x} [are there|do you see]",
    "how many {x} [altogether|overall|all in all|all told]",
)
_ALL = (
    "how many are there<in>",
    "how many [of them|shapes] [are there|do you see|in total|altogether]",
    "count [everything|them|all of them]",
    "how many<in>",
    "how many [things|objects|shapes] [altogether|in total|overall|all in all]",
)
_OF_THEM = ("how many of [them|the shapes|the <things>|these] are {x}", "how many are {x}")


def _there_are(number: int, thing: str, things: str) -> str:
    if number == 1:
        return f"There is one {thing}."
    return f"There are {NUMBERS[number]} {things}."


def count(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    form = rng.random()
    if form > 0.97:
        word = plural(pick(rng, vocabulary.OTHER_KINDS))
        return Turn("count", say(rng, COUNT, x=word), f"There are no {word}.", "no", short="none")
    if called or form < 0.42:
        word = pick(
            rng, ("shapes", "shapes", "shapes", "objects", "things", "figures", "items", "elements")
        )
        number, answer = len(view.shapes), _there_are(len(view.shapes), "shape", "shapes")
        question = say(rng, COUNT if rng.random() < 0.8 else _ALL, x=word)
    elif form < 0.7:
        k = pick(rng, view.shapes).kind if view.shapes and rng.random() < 0.65 else pick(rng, KINDS)
        number = len(view.of(k))
        answer = _there_are(number, k, plural(k))
        question = say(rng, COUNT if rng.random() < 0.85 else _OF_THEM, x=plural(kind_word(k, rng)))
    elif form < 0.84:
        c = (
            pick(rng, view.shapes).colour
            if view.shapes and rng.random() < 0.65
            else pick(rng, tuple(COLOURS))
        )
        if any(s.second_colour for s in view.shapes):
            return None
        number = len(view.of(colour=c))
        answer = _there_are(number, f"{c} shape", f"{c} shapes")
        w = colour_word(c, rng)
        if rng.random() < 0.3:
            question = say(rng, _OF_THEM, x=w)
        else:
            things = pick(rng, ("shapes", "ones", "things", "objects"))
            question = say(rng, COUNT, x=f"{w} {things}")
    else:
        return _count_doing(view, rng)
    others = tuple(n for n in NUMBERS[1:6] if n != NUMBERS[number])
    return Turn("count", question, answer, NUMBERS[number], None, others, short=NUMBERS[number])


_DOING = (
    "how many <things> {base}<in>",
    "how many {base}<in>",
    "how many <things> are {doing}<in>",
    "how many [of them|of the <things>|of the shapes] {base}",
    "how many [of them |]are {doing}",
    "[what's|what is] the number of <things> that {base}",
    "count the <things> that {base}",
    "how many [different |]<things> {past}",
    "<tell> how many <things> {base}",
)


_GOING = (
    "how many [<things>|of them|] [move|go|are moving|are going|travel] {w}<in>",
    "number of <things> that [move|go] {w}",
)


def _count_doing(view: View, rng: Rng) -> Turn:
    doable = [w for w in DOES if any(does(s, w) for s in view.shapes)]
    what = pick(rng, doable if doable and rng.random() < 0.75 else list(DOES))
    number = len(view.doing(what))
    base, _, doing, past = verbs.saying(what, rng)
    if rng.random() < 0.2:
        way = pick(rng, ("left", "right", "up", "down"))
        number = len(view.going(way))
        way = way if way in ("up", "down") or rng.random() < 0.3 else f"to the {way}"
        question = say(rng, _GOING, w=way)
        who = "shape moves" if number == 1 else "shapes move"
        to = way if way in ("up", "down") or " " in way else f"to the {way}"
        answer = f"{capital(NUMBERS[number])} {who} {to}."
        return Turn("count_doing", question, answer, NUMBERS[number], short=NUMBERS[number])
    question = say(rng, _DOING, base=base, doing=doing, past=past)
    who = "shape" if number == 1 else "shapes"
    answer = f"{capital(NUMBERS[number])} {who} {verbs.third(what) if number == 1 else verbs.ANSWERS[what]}."
    return Turn("count_doing", question, answer, NUMBERS[number], does=what, short=NUMBERS[number])


_AT = (
    "how many <things> [are there|do you see|can you see|are visible|are shown|can be seen|are in the <pic>] {t}",
    "{t}[,|] how many <things> [are there|do you see|can you see|are visible]",
    "how many <things> {t}",
    "[number|count] of <things> {t}",
    "how many [are there|are visible|can you see] {t}",
    "<tell> how many <things> there are {t}",
)
_AT_START = (
    "how many <things> does [it|<this>] [start|begin] with",
    "how many <things> are [already |]there [from the start|at first]",
)
_AT_END = (
    "how many <things> [are left|remain|are still there|are still visible|stay] {t}",
    "how many [are left|remain|are still there] {t}",
    "how many <things> [are left|remain]",
    "how many <things> does [it|<this>] [end|finish] with",
    "how many are left",
)
_AROUND = {
    1: (
        "how many [<things> |][are there|are left|remain|can you see|do you see|are visible] [after|once|when] {e}",
        "[after|once|when] {e}[,|] how many [<things> |][are there|are left|remain|do you see]",
    ),
    -1: (
        "how many [<things> |][are there|were there|can you see|do you see|are visible] [before] {e}",
        "before {e}[,|] how many [<things> |][are there|were there|do you see]",
    ),
}


def count_at(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """How many at the start, at the end, after or before something happened."""
    if called or not view.shapes:
        return None
    if len(view.seen(0)) == len(view.seen(1)) and rng.random() < 0.6:
        return None
    form = rng.random()
    if form < 0.4 and view.events:
        event = pick(rng, view.events)
        side = 1 if rng.random() < 0.6 else -1
        what = {
            "appears": "appear",
            "disappears": "vanish",
            "leaves": "leave",
            "flashes": "flash",
            "turns": "turn",
        }[event.what.split()[0]]
        number = view.after(event.shape, what) if side > 0 else view.before(event.shape, what)
        name = name_of(event.shape, view, rng, "")
        if name is None:
            return None
        _, third, _, past = verbs.saying(what, rng)
        perfect = f"has {past}" if past.split()[0].endswith("ed") else third
        said = pick(rng, [third, third, past, perfect])
        question = say(rng, _AROUND[side], e=f"{name} {said}")
        moment = "then"
    elif form < 0.7:
        number, moment = len(view.seen(0)), "at the start"
        question = say(rng, _AT + _AT_START, t=say(rng, ("<start>",)))
    else:
        number, moment = len(view.seen(1)), "at the end"
        question = say(rng, _AT[:-1] + _AT_END, t=say(rng, ("<end>",)))
    answer = _there_are(number, "shape", "shapes")[:-1] + f" {moment}."
    then = None if moment == "then" else _then(0 if moment == "at the end" else 1)
    return Turn("count_at", question, answer, NUMBERS[number], short=NUMBERS[number], then=then)


def _then(time: int) -> Asker:
    """And at the other end, asked after how many there are at one."""

    def asker(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
        number = len(view.seen(time))
        moment = ("at the start", "at the end")[time]
        answer = _there_are(number, "shape", "shapes")[:-1] + f" {moment}."
        question = say(rng, AND_THEN[time])
        return Turn("count_at", question, answer, NUMBERS[number], short=NUMBERS[number])

    return asker


# Words for a comparison with a number, and what makes it true
_THAN = {
    "more than": lambda a, b: a > b,
    "at least": lambda a, b: a >= b,
    "fewer than": lambda a, b: a < b,
    "less than": lambda a, b: a < b,
    "at most": lambda a, b: a <= b,
    "no more than": lambda a, b: a <= b,
    "not more than": lambda a, b: a <= b,
    "no fewer than": lambda a, b: a >= b,
    "over": lambda a, b: a > b,
    "under": lambda a, b: a < b,
    "exactly": lambda a, b: a == b,
    "only": lambda a, b: a == b,
    "just": lambda a, b: a == b,
}
_COMPARE = (
    "are there {than} {x}<in>",
    "[do you see|can you see|did you see|does <this> [have|show]] {than} {x}",
    "{than} {x}<in>",
    "{than} {x}, [right|yes or no|correct|aren't there]",
    "<tell> if there are {than} {x}",
)


def compare(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """More than two, fewer circles than stars, as many at the end as at the start."""
    if called:
        return None
    form = rng.random()
    if form < 0.5:
        return _with_number(view, rng)
    if form < 0.75:
        return _kinds(view, rng)
    return _times_compared(view, rng) if form < 0.9 else _doings(view, rng)


def _with_number(view: View, rng: Rng) -> Turn:
    k = ""
    if rng.random() < 0.35 and view.shapes:
        k = pick(rng, view.shapes).kind if rng.random() < 0.75 else pick(rng, KINDS)
    number = len(view.of(k))
    than = pick(rng, tuple(_THAN))
    limit = max(0 if k else 1, min(5, number + int(rng.integers(-1, 2))))
    if limit == 0:
        limit = 1
    yes = _THAN[than](number, limit)
    if k:
        words = kind_word(k, rng), ""
        one, many = words[0], plural(words[0])
    else:
        one = pick(rng, ("shape", "shape", "object", "thing", "figure", "item"))
        many = one + "s"
    value = NUMBERS[limit] if rng.random() < 0.85 else str(limit)
    x = f"{value} {one if limit == 1 else many}"
    question = say(rng, _COMPARE, than=than, x=x)
    if than in ("at least", "at most") and rng.random() < 0.4:
        or_so = " or more" if than == "at least" else pick(rng, (" or fewer", " or less"))
        question = (
            say(rng, _COMPARE, than="", x=f"{value}{or_so} {many}").replace("  ", " ").strip()
        )
    elif than in ("more than", "fewer than", "exactly") and rng.random() < 0.25:
        word = {
            "more than": "[greater|higher|larger|bigger] than",
            "fewer than": "[smaller|lower|less] than",
            "exactly": "[equal to|exactly]",
        }[than]
        question = say(
            rng,
            (
                f"is the number of {many} {word} {value}",
                f"[is|would you say] the number of {many} [is |]{word} {value}",
            )[:1],
        )
    if limit == 1 and rng.random() < 0.5:
        question = question.replace("are there", "is there")
    if than == "exactly" and rng.random() < 0.5 and number <= limit:
        question = question.replace("exactly ", "")
    thing, things = (k, plural(k)) if k else ("shape", "shapes")
    said = _there_are(number, thing, things)
    answer = f"{'Yes' if yes else 'No'}, t{said[1:]}"
    word = "yes" if yes else "no"
    return Turn("compare", question, answer, word, short=word)


_KINDS_MORE = (
    "are there more {a} than {b}<in>",
    "more {a} than {b}",
    "are there [fewer|less] {b} than {a}",
    "do you see more {a} than {b}",
    "do [the |]{a} outnumber [the |]{b}",
    "is the number of {a} [greater|higher|larger] than [that|the number] of {b}",
    "are the {a} more than the {b}",
    "are [the |]{a} in the majority over [the |]{b}",
)
_KINDS_SAME = (
    "are there as many {a} as {b}",
    "is the number of {a} [the same as|equal to] the number of {b}",
    "is there the same number of {a} and {b}",
    "are there equally many {a} and {b}",
    "as many {a} as {b}",
    "are there just as many {a} as {b}",
)
_KINDS_WHICH = (
    "[are there|do you see] more {a} or [more |]{b}",
    "what are there more of, {a} or {b}",
    "[which|what] [is|are] there more of[,|:] {a} or {b}",
    "which are more [numerous|frequent|common], {a} or {b}",
)


def _kinds(view: View, rng: Rng) -> Turn:
    if not view.shapes:
        raise Unclear
    a = pick(rng, view.shapes).kind
    b = pick(rng, view.shapes).kind if rng.random() < 0.4 else pick(rng, KINDS)
    if a == b:
        raise Unclear
    if rng.random() < 0.5:
        a, b = b, a
    many, few = len(view.of(a)), len(view.of(b))
    slots = {"a": plural(kind_word(a, rng)), "b": plural(kind_word(b, rng))}
    numbers = joined(f"{NUMBERS[n]} {k if n == 1 else plural(k)}" for n, k in ((many, a), (few, b)))
    verb = "is" if many == 1 else "are"
    form = rng.random()
    if form < 0.15 and many != few:
        answer = f"More {plural(a if many > few else b)}."
        return Turn("compare", say(rng, _KINDS_WHICH, **slots), answer, answer)
    same = form < 0.45
    yes = many == few if same else many > few
    question = say(rng, _KINDS_SAME if same else _KINDS_MORE, **slots)
    word = "yes" if yes else "no"
    return Turn("compare", question, f"{capital(word)}, there {verb} {numbers}.", word, short=word)


_END_MORE = (
    "are there more <things> <end> than <start>",
    "[more|are there more] <things> <end> [than|than there were] <start>",
    "does the number of <things> [grow|increase|go up]",
    "do the <things> become more",
)
_END_FEWER = (
    "are there fewer <things> <end> than <start>",
    "are there more <things> <start> than <end>",
    "does the number of <things> [go down|decrease|fall|shrink]",
)
_END_SAME = (
    "is the number of <things> [the same|equal] <start> and <end>",
    "are there as many <things> <end> as <start>",
    "does the number of <things> [stay the same|not change|stay equal]",
    "are the same number of <things> there <start> and <end>",
)


def _times_compared(view: View, rng: Rng) -> Turn:
    first, last = len(view.seen(0)), len(view.seen(1))
    if first == last and rng.random() < 0.5:
        raise Unclear
    templates, yes = pick(
        rng, [(_END_MORE, last > first), (_END_FEWER, last < first), (_END_SAME, last == first)]
    )
    word = "yes" if yes else "no"
    answer = f"{capital(word)}, there {'is' if first == 1 else 'are'} {NUMBERS[first]} at the start and {NUMBERS[last]} at the end."
    return Turn("compare", say(rng, templates), answer, word, short=word)


_MORE_DO = (
    "are there more {a} <things> than {b} ones",
    "are more <things> {a} than {b}",
    "more {a} <things> than {b} ones",
    "are there more <things> that are {a} than <things> that are {b}",
    "is the number of {a} <things> [greater|higher] than [that|the number] of {b} ones",
)


def _doings(view: View, rng: Rng) -> Turn:
    moving, still = len(view.who("move")), len(view.who("still"))
    swap = rng.random() < 0.5
    words = (pick(rng, ["moving"]), pick(rng, ["still", "resting", "unmoving", "standing"]))
    a, b = words[::-1] if swap else words
    yes = still > moving if swap else moving > still
    word = "yes" if yes else "no"
    verb = "moves" if moving == 1 else "move"
    answer = f"{capital(word)}, {NUMBERS[moving]} {verb} and {NUMBERS[still]} {'stays' if still == 1 else 'stay'} still."
    return Turn("compare", say(rng, _MORE_DO, a=a, b=b), answer, word, short=word)


def how_many_others(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """How many there are besides one."""
    shape = shape or choose(view, rng)
    name = name_of(shape, view, rng, called)
    if shape is None or name is None:
        return None
    question = say(
        rng,
        (
            "how many others are there",
            "how many other <things> [are there|do you see]",
            "and how many others",
        ),
    )
    if not called:
        question = say(
            rng,
            (
                "how many <things> are there [besides|apart from|other than|except] {n}",
                "how many other <things> are there [besides|than] {n}",
            ),
            n=name,
        )
    number = len(view.shapes) - 1
    answer = _there_are(number, "other", "others")
    return Turn("count", question, answer, NUMBERS[number])
