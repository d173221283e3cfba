"""Questions about the whole clip, and whether there is such a shape in it."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions import vocabulary
from demo.questions.actions import predicate
from demo.questions.looks import NOTHING
from demo.questions.phrases import say
from demo.questions.turn import (
    Rng,
    Turn,
    article,
    capital,
    choose,
    colour_word,
    joined,
    kind_word,
    name_of,
    pick,
    plural,
    trait_name,
)
from demo.view import View
from demo.world import COLOURS, KINDS, Shape

_DESCRIBE = (
    "[describe|please describe|can you describe|could you describe] [the <video>|this <video>|what you see|what happens|the scene|it|what is going on|everything|what happens in <this>|what you saw][| in detail| briefly| for me| shortly]",
    "describe",
    "give [me |]a [short |brief |detailed |]description[ of <this>|]",
    "what [happens|is happening|is going on|goes on|happened|occurs][| in <this>| here| in it]",
    "what's [happening|going on|this about|up|in it|in this <video>][| here| in <this>]",
    "what [do|can|did|could] you see[| in <this>| here| there]",
    "what is [this|this <video>|the <video>|it] about",
    "what is [shown|to be seen|visible|displayed] in <this>",
    "what does <this> [show|contain|depict]",
    "[summarise|summarize|sum up] <this>[| briefly| for me| shortly]",
    "[summarise|summarize] it",
    "[tell me|explain|explain to me|say|tell a friend] what [happens|is happening|is going on|you see|you saw|<this> shows][| in <this>]",
    "[summary|short summary|description|a summary]",
    "[give me|write|I need] a [summary|short summary|description|recap] of <this>",
    "tell me [about <this>|everything|what this is|the story]",
    "what [was|is] [that|there|in there|all this]",
    "can you [explain|summarise|summarize|describe] <this>",
    "[tldr|tl;dr|in short|in brief]",
    "walk me through <this>",
    "[give me|tell me|I want|show me] [the details|all the details|an overview|the whole story|everything you know about <this>]",
    "[what's|what is] the [story|content|plot]<in>",
    "[describe|tell me about] [each|every|all the] <things>",
    "what do [the|all the] <things> do",
    "what is each [shape|of them|thing] doing",
    "[what does|what do] [each|every|all] [of them|shape] do",
    "what [is it|are they] all [doing|about]",
    "list [everything that happens|all that happens|what happens|what each shape does]",
    "what happens[, as a list| as a list|, one by one|, shape by shape]",
    "how would you [describe|summarise|explain] <this>",
    "I [can't|cannot] see <this>[,|.] [what's|what is] [in it|happening|going on]",
)
_SENTENCE = (
    "[describe|summarise|summarize|sum up|explain] [it|<this>|what happens] in [one|a|a single] [sentence|line]",
    "[one|in one|in a single|a] sentence[ summary|][ please|]",
    "[what happens|what is going on|what do you see] in one sentence",
    "sum it up in [one|a] [sentence|line]",
    "[a |]one[-| ][line|sentence] summary[ please| of <this>|]",
    "in [one|a single] sentence[,|:] what [happens|is happening|is going on|do you see]",
    "[describe|tell me about] <this> in [just |]one sentence",
    "give me [one|a] sentence [about <this>|that sums it up]",
)


def describe(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    parts = [f"{article(f'{s.colour} {s.kind}')} {predicate(s)}" for s in view.shapes]
    if rng.random() < 0.2:
        question, answer = say(rng, _SENTENCE), f"{capital(joined(parts))}." if parts else NOTHING
    else:
        question, answer = say(rng, _DESCRIBE), " ".join(f"{capital(p)}." for p in parts) or NOTHING
    return Turn("describe", question, answer, answer)


THERE = (
    "is there {x}<in>",
    "is there {x}<in>",
    "[do|can|did|could] you [see|spot|notice|find] {x}<in>",
    "is {x} [visible|shown|present|there|part of <this>|to be seen]<in>",
    "does {x} [appear|show up|occur|come up][| anywhere| somewhere| at all]<in>",
    "can {x} be seen<in>",
    "does <this> [have|show|contain] {x}",
    "was there {x}<in>",
    "{x} [in there|anywhere|here|in it|, yes or no|, right]",
    "is [one of them|one of the <things>|any of them] {x}",
    "I [see|think there is] {x}, [right|don't I|correct]",
    "there is {x}, [isn't there|right|correct]",
    "<tell> if there is {x}",
    "[do we|can I|can we] [get to |]see {x}",
    "have you [seen|noticed] {x}",
    "I'm looking for {x}[. is there one|, is there one|. do you see one]",
    "is {x} in [it|<this>|there]",
    "does {x} [feature|come up|turn up] in <this>",
    "is there [such a thing as |]{x} [anywhere|somewhere|at any point]",
    "am I right that there is {x}",
    "[spot|see|notice] {x}",
    "would I find {x} in <this>",
    "I can't [find|see] {x}. is there one",
)
ANY = (
    "[are there |][any|some] {xs}<in>",
    "are there {xs}<in>",
    "[do|can|did] you [see|spot|notice] [any |]{xs}<in>",
    "[any|got any|see any] {xs}",
    "{xs}[, yes or no| in it| anywhere| there| here|]",
    "does <this> [have|show|contain] [any |]{xs}",
    "is there any {x1}<in>",
    "did you [notice|see] any {x1}",
    "are there any {xs} [at all|anywhere|in there]",
    "do any {xs} [show up|appear|occur]",
    "[do|can] we [see|find] any {xs}",
    "{xs}: [yes or no|are there any|any]",
)
_COLOURED = (
    "is [anything|something|any of them|one of them|any <thing>|one of the <things>] {c}<in>",
    "[anything|something] {c}<in>",
    "is there [anything|something|a thing|one that is] {c}<in>",
    "[do|can] you see [anything|something] {c}",
    "are any [of them |of the <things> |<things> |]{c}",
    "[anything|something] [coloured|in|painted] {c}",
    "is there any {c}<in>",
    "does anything have the colour {c}",
    "[is|was] there a <thing> that is {c}",
    "is [one|any] of the <things> {c}",
    "do you see {c} anywhere",
    "any {c} in <this>",
    "is the <col> {c} [used|there|in it|in <this>]",
    "does {c} [appear|occur|show up|come up]<in>",
    "is {c} one of the <col>s",
    "has [anything|any <thing>] got the <col> {c}",
    "{c} [things|shapes|objects|ones][, yes or no| anywhere| in there|]",
)
_NONE = (
    "is there no {k}<in>",
    "there is no {k}, [right|correct]",
    "so there is no {k}[, right|]",
    "there isn't {ak}, [right|is there]",
    "is it true that there is no {k}",
    "[no|so no] {k}s[, right|, correct|]",
)


def _of_others(rng: Rng) -> Turn:
    """Is there a hexagon, is anything gold: shapes and colours that no clip has."""
    if rng.random() < 0.6:
        said = said_of = pick(rng, vocabulary.OTHER_KINDS)
    else:
        said_of = pick(rng, vocabulary.OTHER_COLOURS)
        said = f"{said_of} {pick(rng, ('shape', 'object', 'thing'))}"
        if rng.random() < 0.5:
            answer = f"No, there is no {said_of} shape."
            return Turn("is_there", say(rng, _COLOURED, c=said_of), answer, "no", short="no")
        said_of = f"{said_of} shape"
    if rng.random() < 0.4:
        question = say(rng, ANY, x=article(said), xs=plural(said), x1=said)
    else:
        question = say(rng, THERE, x=article(said))
    return Turn("is_there", question, f"No, there is no {said_of}.", "no", short="no")


def is_there(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Is there a star, is anything red, any blue hearts."""
    if called:
        return None
    if rng.random() < 0.05:
        return _of_others(rng)
    form, there = int(rng.integers(3)), rng.random() < 0.5
    c, k = pick(rng, tuple(COLOURS)), pick(rng, KINDS)
    some = choose(view, rng)
    if some:
        c, k = pick(rng, some.colours), some.kind
        if not there:
            # Half right is the hard case: a red shape and a circle, but no red circle
            c, k = (pick(rng, tuple(COLOURS)), k) if rng.random() < 0.5 else (c, pick(rng, KINDS))
            c, k = (
                (c, pick(rng, KINDS))
                if form == 0
                else (pick(rng, tuple(COLOURS)), k)
                if form == 1
                else (c, k)
            )
    word, colour = kind_word(k, rng), colour_word(c, rng)
    if form == 0:
        thing, said, found = k, word, view.of(k)
    elif form == 1:
        noun = pick(rng, ("shape", "shape", "object", "thing", "figure", "one"))
        thing, said, found = f"{c} shape", f"{colour} {noun}", view.of(colour=c)
    else:
        thing, said, found = f"{c} {k}", f"{colour} {word}", view.of(k, c)
    if form == 0 and rng.random() < 0.06:
        question = say(rng, _NONE, k=word, ak=article(word))
        answer = f"There is {article(k)}." if found else f"There is no {k}."
        return Turn("none", question, answer, answer)
    if form == 1 and rng.random() < 0.5:
        question = say(rng, _COLOURED, c=colour)
    elif rng.random() < 0.4:
        question = say(rng, ANY, x=article(said), xs=plural(said), x1=said)
    else:
        kind_of = pick(rng, ("", "", "", "", "some kind of ", "some "))
        question = say(rng, THERE, x=f"{kind_of}{said}" if kind_of else article(said))
    answer = f"Yes, there is {article(thing)}." if found else f"No, there is no {thing}."
    key = "yes" if found else "no"
    topic = found[0] if len(found) == 1 else None
    return Turn("is_there", question, answer, key, topic, short=key, does="be")


IS = (
    "is {n} {x}<in>",
    "{n} is {x}, [isn't it|right|correct|yes or no]",
    "[isn't|wasn't] {n} {x}",
    "[would you say |do you think |]{n} is {x}",
    "is {n} really {x}",
    "am I right that {n} is {x}",
    "so {n} is {x}[, yes|]",
    "would it be right to say that {n} is {x}",
    "correct me if I am wrong[,| but] {n} is {x}",
    "is it {x}, {n}",
    "is it true that {n} is {x}",
    "<tell> [if|whether] {n} is {x}",
    "does {n} [look|seem to be] {x}",
)


def is_it(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Is the circle red, is the red one a circle."""
    shape = shape or choose(view, rng)
    if shape is None:
        return None
    right = rng.random() < 0.5
    if rng.random() < 0.6:
        view.is_colour(shape, shape.colour)
        name = name_of(shape, view, rng, called, but="turn")
        if name is None or any(c in name for c in (*COLOURS, "violet", "turquoise", "light blue")):
            return None
        c = shape.colour if right else pick(rng, [c for c in COLOURS if c != shape.colour])
        question = say(rng, IS, n=name, x=colour_word(c, rng))
        answer = f"{'Yes' if right else 'No'}, it is {shape.colour}."
    else:
        name = called
        if not name and rng.random() < 0.25:
            name = trait_name(shape, view, rng) or ""
        if not name and len(view.of(colour=shape.colour)) == 1:
            name = f"the {colour_word(shape.colour, rng)} {pick(rng, ('shape', 'one', 'thing', 'object', 'figure'))}"
        if not name:
            return None
        k = shape.kind if right else pick(rng, [k for k in KINDS if k != shape.kind])
        question = say(rng, IS, n=name, x=article(kind_word(k, rng)))
        answer = f"{'Yes' if right else 'No'}, it is {article(shape.kind)}."
    word = "yes" if right else "no"
    return Turn("is_it", question, answer, word, shape, again=None, short=word)
