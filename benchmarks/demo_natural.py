"""Questions as people write them, with the truth computed from the scene; none is trained on.

Written by hand before the grammar in `demo/questions`, from a description of the world and of the
kinds of question, and not looked at when that was written. Each names what it needs ("the
circle"): it is asked about clips where `demo.view.View` knows one answer.
"""

from collections.abc import Callable

from demo.view import View
from demo.wanted import (
    Wanted,
    all_of,
    colours,
    negated,
    no_or_yes,
    number,
    place,
    saying,
    shapes,
    sooner,
    stay,
    story,
    time,
    way,
)

Truth = Callable[[View], Wanted]


def _named(kind: str, does: str) -> Truth:
    return lambda v: no_or_yes(v.does(v.one(kind), does))


def _any(does: str) -> Truth:
    return lambda v: no_or_yes(v.some(does))


def _who(does: str) -> Truth:
    return lambda v: shapes(v.who(does))


def _there(kind: str = "", colour: str = "") -> Truth:
    return lambda v: no_or_yes(bool(v.of(kind, colour)))


def _many(kind: str = "", colour: str = "") -> Truth:
    return lambda v: number(len(v.of(kind, colour)))


HELLO = r"\b(hello|hi|hey|welcome|ask)\b"
THANKS = r"\b(welcome|pleasure|glad|any ?time|happy)\b"
ABLE = r"shapes"
WHY = r"\b(saw|see|seen|look|looked|frames|video|because)\b"

QUESTIONS: dict[str, tuple[tuple[str, Truth], ...]] = {
    "existence": (
        ("Is anything red?", _there(colour="red")),
        ("is there anything blue in it", _there(colour="blue")),
        ("any stars?", _there("star")),
        ("Do you spot a heart anywhere?", _there("heart")),
        ("Can a triangle be seen?", _there("triangle")),
        ("was there a square at all?", _there("square")),
        ("is there some kind of moon in the clip?", _there("moon")),
        ("Did you notice any ring?", _there("ring")),
        ("Something green in there?", _there(colour="green")),
        ("does a white thing show up somewhere?", _there(colour="white")),
        ("any crosses in this", _there("cross")),
        ("I can't find a circle. Is there one?", _there("circle")),
        ("Would you say there is a black object?", _there(colour="black")),
        ("are there hearts", _there("heart")),
        ("Is a purple shape part of the scene?", _there(colour="purple")),
        ("is there a crescent?", _there("moon")),
        ("anything pink pls?", _there(colour="pink")),
        ("Do we get to see an orange shape?", _there(colour="orange")),
        ("is there a plus sign", _there("cross")),
        ("yellow things, yes or no?", _there(colour="yellow")),
    ),
    "number": (
        ("How many shapes can be seen in total?", _many()),
        ("how many objects r there", _many()),
        ("number of things in the clip?", _many()),
        ("Can you count the shapes for me?", _many()),
        ("how many are there altogether", _many()),
        ("How many circles did you see?", _many("circle")),
        ("how many stars are shown", _many("star")),
        ("what's the number of squares", _many("square")),
        ("How many of them are hearts?", _many("heart")),
        ("How many triangles does the video have?", _many("triangle")),
        ("tell me how many rings there are", _many("ring")),
        ("How many red ones are there?", _many(colour="red")),
        ("how many things are blue", _many(colour="blue")),
        ("Just the number please: how many shapes?", _many()),
        ("count everything", _many()),
        ("How many different objects appear in this film?", _many()),
        ("how many shapes move?", lambda v: number(len(v.doing("move")))),
        ("How many of the shapes stay where they are?", lambda v: number(len(v.doing("still")))),
        ("how many of them flash", lambda v: number(len(v.doing("flash")))),
        ("How many shapes change their colour?", lambda v: number(len(v.doing("turn")))),
        ("how many bounce around?", lambda v: number(len(v.doing("bounce")))),
    ),
    "number at a time": (
        ("How many shapes are there at the start?", lambda v: number(len(v.seen(0)))),
        ("how many are left at the end", lambda v: number(len(v.seen(1)))),
        ("How many things are visible in the last frame?", lambda v: number(len(v.seen(1)))),
        ("when the video begins, how many objects are there?", lambda v: number(len(v.seen(0)))),
        ("How many shapes can you see in the first frame?", lambda v: number(len(v.seen(0)))),
        ("number of shapes at the end?", lambda v: number(len(v.seen(1)))),
        ("how many objects at the beginning", lambda v: number(len(v.seen(0)))),
        ("How many remain when it is over?", lambda v: number(len(v.seen(1)))),
        ("how many shapes does the clip start with?", lambda v: number(len(v.seen(0)))),
        ("How many shapes does it end with?", lambda v: number(len(v.seen(1)))),
        (
            "After the circle vanished, how many are left?",
            lambda v: number(v.after(v.one("circle"), "vanish")),
        ),
        (
            "how many shapes are there once the star has appeared",
            lambda v: number(v.after(v.one("star"), "appear")),
        ),
        (
            "How many were there before the heart appeared?",
            lambda v: number(v.before(v.one("heart"), "appear")),
        ),
    ),
    "comparing numbers": (
        ("Are there more than two shapes?", lambda v: no_or_yes(v.count() > 2)),
        ("more than three objects?", lambda v: no_or_yes(v.count() > 3)),
        ("Are there at least three things?", lambda v: no_or_yes(v.count() >= 3)),
        ("is there only one shape", lambda v: no_or_yes(v.count() == 1)),
        ("Is there more than one shape in it?", lambda v: no_or_yes(v.count() > 1)),
        ("Are there fewer than four shapes?", lambda v: no_or_yes(v.count() < 4)),
        ("are there exactly two objects", lambda v: no_or_yes(v.count() == 2)),
        ("Less than three shapes, right?", lambda v: no_or_yes(v.count() < 3)),
        (
            "Are there more circles than squares?",
            lambda v: no_or_yes(v.more("circle", "square")),
        ),
        ("more stars than hearts?", lambda v: no_or_yes(v.more("star", "heart"))),
        (
            "Are there as many circles as stars?",
            lambda v: no_or_yes(v.same_number("circle", "star")),
        ),
        ("is there more than one circle?", lambda v: no_or_yes(len(v.of("circle")) > 1)),
        ("Are there two stars?", lambda v: no_or_yes(v.exactly("star", 2))),
        (
            "Are there more moving shapes than still ones?",
            lambda v: no_or_yes(v.more_do("move", "still")),
        ),
        (
            "Are there more shapes at the end than at the start?",
            lambda v: no_or_yes(len(v.seen(1)) > len(v.seen(0))),
        ),
        (
            "is the number of shapes the same at the beginning and at the end",
            lambda v: no_or_yes(len(v.seen(1)) == len(v.seen(0))),
        ),
    ),
    "colour": (
        ("whats the color of the circle", lambda v: colours(v.colour(v.one("circle")))),
        ("What's the star's colour?", lambda v: colours(v.colour(v.one("star")))),
        ("In what color is the square drawn?", lambda v: colours(v.colour(v.one("square")))),
        ("heart: which colour?", lambda v: colours(v.colour(v.one("heart")))),
        (
            "can you tell me what color the triangle is",
            lambda v: colours(v.colour(v.one("triangle"))),
        ),
        ("Which color does the moon have?", lambda v: colours(v.colour(v.one("moon")))),
        ("the ring is what color?", lambda v: colours(v.colour(v.one("ring")))),
        ("Please name the cross's colour.", lambda v: colours(v.colour(v.one("cross")))),
        ("what colour's the crescent", lambda v: colours(v.colour(v.one("moon")))),
        ("colour of the plus?", lambda v: colours(v.colour(v.one("cross")))),
        ("In one word, what colour is the heart?", lambda v: colours(v.colour(v.one("heart")))),
        ("waht color is the circle?", lambda v: colours(v.colour(v.one("circle")))),
        (
            "Is the star red or blue or something else? which colour",
            lambda v: colours(v.colour(v.one("star"))),
        ),
        ("Do you know the color of the triangle?", lambda v: colours(v.colour(v.one("triangle")))),
        ("what color does the square start with?", lambda v: colours([v.one("square").colour])),
        ("what colour is the thing that bounces", lambda v: colours(v.colour(v.only("bounce")))),
        ("What colour is the shape that flashes?", lambda v: colours(v.colour(v.only("flash")))),
        ("which colors can be seen?", lambda v: colours(v.palette())),
        ("What colours do the shapes have?", lambda v: colours(v.palette())),
    ),
    "kind": (
        ("what is the red thing?", lambda v: shapes([v.one(colour="red")])),
        ("What's the blue one?", lambda v: shapes([v.one(colour="blue")])),
        ("What form does the green object have?", lambda v: shapes([v.one(colour="green")])),
        ("tell me what the yellow thing is", lambda v: shapes([v.one(colour="yellow")])),
        ("what shape does the purple one have", lambda v: shapes([v.one(colour="purple")])),
        ("Which shape is coloured orange?", lambda v: shapes([v.one(colour="orange")])),
        ("The pink object, what is it?", lambda v: shapes([v.one(colour="pink")])),
        ("Which one is white?", lambda v: shapes([v.one(colour="white")])),
        ("what is black in this video?", lambda v: shapes([v.one(colour="black")])),
        ("whats the cyan shape", lambda v: shapes([v.one(colour="cyan")])),
        ("In a single word: what is the red shape?", lambda v: shapes([v.one(colour="red")])),
        ("what kind of thing is the green one?", lambda v: shapes([v.one(colour="green")])),
        ("Is the blue thing a star or what is it?", lambda v: shapes([v.one(colour="blue")])),
        ("and the yellow one is a ...?", lambda v: shapes([v.one(colour="yellow")])),
    ),
    "place": (
        ("Where's the circle?", lambda v: place(v.place(v.one("circle")))),
        ("where can I find the star", lambda v: place(v.place(v.one("star")))),
        ("whereabouts is the heart?", lambda v: place(v.place(v.one("heart")))),
        ("Where is the square at the start?", lambda v: place(v.place(v.one("square"), 0))),
        ("Where does the triangle begin?", lambda v: place(v.place(v.one("triangle"), 0))),
        ("where does the moon end up", lambda v: place(v.place(v.one("moon"), 1))),
        ("Where is the ring in the end?", lambda v: place(v.place(v.one("ring"), 1))),
        ("What part of the screen is the cross in?", lambda v: place(v.place(v.one("cross")))),
        ("where's the circle when the clip starts", lambda v: place(v.place(v.one("circle"), 0))),
        ("Where is the star when the video is over?", lambda v: place(v.place(v.one("star"), 1))),
        ("on which side is the heart", lambda v: place(v.side(v.one("heart")))),
        ("Is the square on the left or on the right?", lambda v: place(v.side(v.one("square")))),
    ),
    "relation": (
        (
            "Is the circle left of the star?",
            lambda v: no_or_yes(v.left_of(v.one("circle"), v.one("star"))),
        ),
        (
            "is the heart above the square",
            lambda v: no_or_yes(v.above(v.one("heart"), v.one("square"))),
        ),
        (
            "Is the triangle to the right of the circle?",
            lambda v: no_or_yes(v.left_of(v.one("circle"), v.one("triangle"))),
        ),
        (
            "does the moon sit below the star?",
            lambda v: no_or_yes(v.above(v.one("star"), v.one("moon"))),
        ),
        (
            "Is the ring higher than the cross?",
            lambda v: no_or_yes(v.above(v.one("ring"), v.one("cross"))),
        ),
        ("Which shape is furthest to the left?", lambda v: shapes([v.extreme("left")])),
        ("what's the rightmost thing", lambda v: shapes([v.extreme("right")])),
        ("Which one is at the very top?", lambda v: shapes([v.extreme("top")])),
        ("which shape is the lowest", lambda v: shapes([v.extreme("bottom")])),
        (
            "At the beginning, which shape is leftmost?",
            lambda v: shapes([v.extreme("left", 0)]),
        ),
        ("Which is highest at the end?", lambda v: shapes([v.extreme("top", 1)])),
        ("Do two shapes have the same colour?", lambda v: no_or_yes(v.shared("colour"))),
        ("are all shapes different colors", lambda v: no_or_yes(not v.shared("colour"))),
        ("Are there two of the same shape?", lambda v: no_or_yes(v.shared("kind"))),
        (
            "Do the circle and the star go the same way?",
            lambda v: no_or_yes(v.same_way(v.one("circle"), v.one("star"))),
        ),
        (
            "do the heart and the square move in the same direction",
            lambda v: no_or_yes(v.same_way(v.one("heart"), v.one("square"))),
        ),
        (
            "Are the triangle and the circle the same color?",
            lambda v: no_or_yes(v.same_colour(v.one("triangle"), v.one("circle"))),
        ),
    ),
    "size and speed": (
        ("Which shape is the biggest?", lambda v: shapes([v.biggest()])),
        ("whats the largest thing there", lambda v: shapes([v.biggest()])),
        ("Which one's the smallest?", lambda v: shapes([v.smallest()])),
        ("what is the tiniest shape", lambda v: shapes([v.smallest()])),
        (
            "Is the circle bigger than the square?",
            lambda v: no_or_yes(v.bigger(v.one("circle"), v.one("square"))),
        ),
        (
            "is the star smaller than the heart",
            lambda v: no_or_yes(v.bigger(v.one("heart"), v.one("star"))),
        ),
        (
            "Which is larger, the triangle or the circle?",
            lambda v: shapes([v.larger(v.one("triangle"), v.one("circle"))]),
        ),
        (
            "who is bigger: the moon or the square",
            lambda v: shapes([v.larger(v.one("moon"), v.one("square"))]),
        ),
        ("Which shape moves fastest?", lambda v: shapes([v.fastest()])),
        ("what is the fastest object", lambda v: shapes([v.fastest()])),
        ("Which one is quickest?", lambda v: shapes([v.fastest()])),
        (
            "Is the circle faster than the star?",
            lambda v: no_or_yes(v.faster(v.one("circle"), v.one("star"))),
        ),
        (
            "Does the square move faster than the triangle?",
            lambda v: no_or_yes(v.faster(v.one("square"), v.one("triangle"))),
        ),
        (
            "which is quicker, the heart or the circle?",
            lambda v: shapes([v.quicker(v.one("heart"), v.one("circle"))]),
        ),
    ),
    "motion": (
        ("Which way's the circle heading?", lambda v: way(v.way(v.one("circle")))),
        ("where's the star going", lambda v: way(v.way(v.one("star")))),
        ("In what direction is the square travelling?", lambda v: way(v.way(v.one("square")))),
        ("what way does the heart move", lambda v: way(v.way(v.one("heart")))),
        ("Tell me the direction of the triangle.", lambda v: way(v.way(v.one("triangle")))),
        ("where is the moon headed?", lambda v: way(v.way(v.one("moon")))),
        ("direction of the ring?", lambda v: way(v.way(v.one("ring")))),
        ("Could you say which direction the cross moves in?", lambda v: way(v.way(v.one("cross")))),
        ("does the circle go left or right?", lambda v: way(v.sideways(v.one("circle")))),
        ("Is the star moving up or down?", lambda v: way(v.upright(v.one("star")))),
        ("What's moving?", _who("move")),
        ("which of the shapes are moving", _who("move")),
        ("Which shape bounces?", _who("bounce")),
        ("what thing is spinning?", _who("spin")),
        ("which one goes to the left", lambda v: shapes(v.going("left"))),
        ("What moves up?", lambda v: shapes(v.going("up"))),
        ("which object is going right?", lambda v: shapes(v.going("right"))),
        ("Does the circle move?", _named("circle", "move")),
        ("is the star moving at all", _named("star", "move")),
        ("Does the heart ever bounce?", _named("heart", "bounce")),
        ("is the square spinning?", _named("square", "spin")),
        ("does anything rotate?", _any("spin")),
        ("Is anything moving?", _any("move")),
        ("does something bounce off the walls", _any("bounce")),
    ),
    "negation": (
        ("Which one does not move?", _who("still")),
        ("what doesn't move?", _who("still")),
        ("which shapes aren't moving", _who("still")),
        ("Which shape stays in place?", _who("still")),
        ("is there something that stands still?", _any("still")),
        ("Does nothing move?", lambda v: no_or_yes(not v.some("move"))),
        ("Is there no circle?", lambda v: negated(bool(v.of("circle")), "circle")),
        ("So there is no star, right?", lambda v: negated(bool(v.of("star")), "star")),
        ("Which shapes aren't red?", lambda v: shapes(v.but(colour="red"))),
        ("which ones are not circles", lambda v: shapes(v.but(kind="circle"))),
        (
            "Which shape never changes its colour, the circle or the star?",
            lambda v: shapes([v.either(v.one("circle"), v.one("star"), "turn")[1]]),
        ),
        (
            "which doesn't move, the heart or the square?",
            lambda v: shapes([v.either(v.one("heart"), v.one("square"), "move")[1]]),
        ),
    ),
    "events": (
        ("Does anything disappear?", _any("vanish")),
        ("did something vanish", _any("vanish")),
        ("does any shape change color?", _any("turn")),
        ("Does something flash?", _any("flash")),
        ("Does anything blink in the clip", _any("flash")),
        ("does a shape leave the screen?", _any("leave")),
        ("Does anything pop up during the video?", _any("appear")),
        ("Is anything growing?", _any("grow")),
        ("does something get smaller?", _any("shrink")),
        ("What disappears?", _who("vanish")),
        ("which one vanishes", _who("vanish")),
        ("What appears?", _who("appear")),
        ("which shape shows up later?", _who("appear")),
        ("Which one changes colour?", _who("turn")),
        ("what flashes", _who("flash")),
        ("Who leaves the picture?", _who("leave")),
        ("which object goes out of frame?", _who("leave")),
        ("What gets bigger?", _who("grow")),
        ("which shape is shrinking", _who("shrink")),
        ("Does the circle change color?", _named("circle", "turn")),
        ("does the star disappear", _named("star", "vanish")),
        ("Does the square get larger?", _named("square", "grow")),
        ("is the heart there the whole time?", lambda v: no_or_yes(v.always(v.one("heart")))),
        ("what color does the circle become?", lambda v: colours([v.second(v.one("circle"))])),
        (
            "What does the star turn into, colour-wise?",
            lambda v: colours([v.second(v.one("star"))]),
        ),
        ("the heart changes to which colour", lambda v: colours([v.second(v.one("heart"))])),
        (
            "What color was the square before it changed?",
            lambda v: colours([v.first(v.one("square"))]),
        ),
    ),
    "when": (
        ("when does the circle show up", lambda v: time(v.when(v.one("circle"), "appear"))),
        ("At what time does the star vanish?", lambda v: time(v.when(v.one("star"), "vanish"))),
        ("When's the square changing colour?", lambda v: time(v.when(v.one("square"), "turn"))),
        ("when did the heart leave", lambda v: time(v.when(v.one("heart"), "leave"))),
        ("When does the ring flash?", lambda v: time(v.when(v.one("ring"), "flash"))),
        (
            "does the triangle appear early or late in the video? when",
            lambda v: time(v.when(v.one("triangle"), "appear")),
        ),
        ("When does the moon disappear?", lambda v: time(v.when(v.one("moon"), "vanish"))),
        (
            "at which point does the cross change its color",
            lambda v: time(v.when(v.one("cross"), "turn")),
        ),
        ("When is something appearing?", lambda v: time(v.when(v.only("appear"), "appear"))),
        ("when does the colour change happen?", lambda v: time(v.when(v.only("turn"), "turn"))),
        ("When does a shape disappear?", lambda v: time(v.when(v.only("vanish"), "vanish"))),
        (
            "does the circle disappear at the start, in the middle or at the end?",
            lambda v: time(v.when(v.one("circle"), "vanish")),
        ),
    ),
    "order": (
        ("What happens first?", lambda v: sooner(v.event(0))),
        ("whats the first thing that happens", lambda v: sooner(v.event(0))),
        ("What is the last thing that happens?", lambda v: sooner(v.event(-1))),
        ("what happens last", lambda v: sooner(v.event(-1))),
        ("What happens at the end?", lambda v: sooner(v.around("end"))),
        (
            "What happens next, after the circle appears?",
            lambda v: sooner(v.following(v.one("circle"), "appear")),
        ),
        (
            "what comes after the star changes color?",
            lambda v: sooner(v.following(v.one("star"), "turn")),
        ),
        ("Which shape appears first?", lambda v: shapes([v.first_to("appear")])),
        ("which one disappears first", lambda v: shapes([v.first_to("vanish")])),
        (
            "Does the circle appear before the star does?",
            lambda v: no_or_yes(v.earlier(v.one("circle"), "appear", v.one("star"), "appear")),
        ),
        (
            "Does the heart vanish before the square changes colour?",
            lambda v: no_or_yes(v.earlier(v.one("heart"), "vanish", v.one("square"), "turn")),
        ),
        (
            "does the circle change color after the star flashes?",
            lambda v: no_or_yes(v.earlier(v.one("star"), "flash", v.one("circle"), "turn")),
        ),
        (
            "Which happens first, the circle vanishing or the star appearing?",
            lambda v: sooner(v.earliest(v.one("circle"), "vanish", v.one("star"), "appear")),
        ),
        (
            "what is first: the square changes colour or the heart flashes",
            lambda v: sooner(v.earliest(v.one("square"), "turn", v.one("heart"), "flash")),
        ),
    ),
    "how often": (
        ("How often does the circle flash?", lambda v: number(v.times(v.one("circle"), "flash"))),
        ("how many times did the star blink", lambda v: number(v.times(v.one("star"), "flash"))),
        (
            "How many flashes are there from the square?",
            lambda v: number(v.times(v.one("square"), "flash")),
        ),
        (
            "how often does the heart bounce off the wall",
            lambda v: number(v.times(v.one("heart"), "bounce")),
        ),
        (
            "How many times does the circle hit the edge?",
            lambda v: number(v.times(v.one("circle"), "bounce")),
        ),
        (
            "number of bounces of the triangle?",
            lambda v: number(v.times(v.one("triangle"), "bounce")),
        ),
        (
            "how many times does it flash, the ring?",
            lambda v: number(v.times(v.one("ring"), "flash")),
        ),
        (
            "Count the flashes of the heart please",
            lambda v: number(v.times(v.one("heart"), "flash")),
        ),
        ("the moon flashes how many times?", lambda v: number(v.times(v.one("moon"), "flash"))),
        (
            "Does the circle flash more than once?",
            lambda v: no_or_yes(v.times(v.one("circle"), "flash") > 1),
        ),
        (
            "does the star bounce more than twice",
            lambda v: no_or_yes(v.times(v.one("star"), "bounce") > 2),
        ),
    ),
    "how long": (
        ("How long is the circle visible?", lambda v: stay(v, v.one("circle"))),
        ("for how long can we see the star?", lambda v: stay(v, v.one("star"))),
        ("Is the square visible all the time?", lambda v: no_or_yes(v.always(v.one("square")))),
        (
            "is the triangle there from beginning to end",
            lambda v: no_or_yes(v.always(v.one("triangle"))),
        ),
        ("how long does the heart stay?", lambda v: stay(v, v.one("heart"))),
        ("Until when is the circle there?", lambda v: stay(v, v.one("circle"))),
        (
            "Is the star already there at the start?",
            lambda v: no_or_yes(v.one("star") in v.seen(0)),
        ),
        (
            "is the circle still there at the end?",
            lambda v: no_or_yes(v.one("circle") in v.seen(1)),
        ),
        ("Is the heart in the last frame?", lambda v: no_or_yes(v.one("heart") in v.seen(1))),
    ),
    "background": (
        ("What's in the background?", lambda v: colours([v.ground()])),
        ("what colour is the backdrop", lambda v: colours([v.ground()])),
        ("Which colour does the background have?", lambda v: colours([v.ground()])),
        ("is the background grey?", lambda v: no_or_yes(v.ground() == "grey")),
        ("Is it brown behind the shapes?", lambda v: no_or_yes(v.ground() == "brown")),
        ("background color pls", lambda v: colours([v.ground()])),
        ("what color is behind everything", lambda v: colours([v.ground()])),
        ("In front of what colour do the shapes move?", lambda v: colours([v.ground()])),
    ),
    "yes or no": (
        ("Is the circle red?", lambda v: no_or_yes(v.is_colour(v.one("circle"), "red"))),
        ("the star is blue, isn't it?", lambda v: no_or_yes(v.is_colour(v.one("star"), "blue"))),
        ("is the red thing a circle", lambda v: no_or_yes(v.one(colour="red").kind == "circle")),
        ("Is the green shape a star?", lambda v: no_or_yes(v.one(colour="green").kind == "star")),
        (
            "Isn't the blue one a square?",
            lambda v: no_or_yes(v.one(colour="blue").kind == "square"),
        ),
        ("Are all the shapes moving?", lambda v: no_or_yes(len(v.doing("move")) == v.count())),
        ("do they all move", lambda v: no_or_yes(len(v.doing("move")) == v.count())),
        ("Does everything stand still?", lambda v: no_or_yes(not v.some("move"))),
        ("Does the star go up?", lambda v: no_or_yes(v.goes(v.one("star"), "up"))),
        (
            "is the circle moving to the right?",
            lambda v: no_or_yes(v.goes(v.one("circle"), "right")),
        ),
        ("Does the heart leave the picture?", _named("heart", "leave")),
        ("would you say the triangle flashes", _named("triangle", "flash")),
        ("Is the moon getting bigger?", _named("moon", "grow")),
        ("does the ring stay still?", _named("ring", "still")),
        ("Are all shapes there at the start?", lambda v: no_or_yes(len(v.seen(0)) == v.count())),
        ("Are any of the shapes the same colour?", lambda v: no_or_yes(v.shared("colour"))),
    ),
    "whole clip": (
        ("Sum it up in one sentence.", lambda v: all_of(v.scene)),
        ("what's this clip about?", lambda v: all_of(v.scene)),
        ("Can you tell me what is going on here?", lambda v: all_of(v.scene)),
        ("describe it pls", lambda v: all_of(v.scene)),
        ("What did you see?", lambda v: all_of(v.scene)),
        ("Give me a list of all the shapes with their colours.", lambda v: all_of(v.scene)),
        ("list everything you can see", lambda v: all_of(v.scene)),
        ("What kinds of shapes are in it?", lambda v: all_of(v.scene, colour=False)),
        ("name all objects", lambda v: all_of(v.scene, colour=False)),
        ("Which shapes were shown?", lambda v: all_of(v.scene, colour=False)),
        ("whats in the video", lambda v: all_of(v.scene)),
        ("Explain to a friend what this film shows.", lambda v: all_of(v.scene)),
        ("tl;dr?", lambda v: all_of(v.scene)),
        ("Summarise the animation briefly.", lambda v: all_of(v.scene)),
        ("What happens in this animation?", lambda v: all_of(v.scene)),
        ("what else is there besides the circle?", lambda v: shapes(v.others(v.one("circle")))),
        ("Apart from the star, what do you see?", lambda v: shapes(v.others(v.one("star")))),
        ("anything else than the heart?", lambda v: shapes(v.others(v.one("heart")))),
        ("What does the circle do?", lambda v: story(v.one("circle"))),
        ("what's up with the star", lambda v: story(v.one("star"))),
        ("What happens to the square?", lambda v: story(v.one("square"))),
        ("tell me about the heart", lambda v: story(v.one("heart"))),
    ),
    "talk": (
        ("Hello!", lambda v: saying(HELLO)),
        ("hi there", lambda v: saying(HELLO)),
        ("good evening", lambda v: saying(HELLO)),
        ("Thanks a lot!", lambda v: saying(THANKS)),
        ("thx", lambda v: saying(THANKS)),
        ("Great, thank you very much.", lambda v: saying(THANKS)),
        ("What can you do?", lambda v: saying(ABLE)),
        ("what kind of things can I ask you", lambda v: saying(ABLE)),
        ("help", lambda v: saying(ABLE)),
        ("Who are you?", lambda v: saying(ABLE)),
        ("What are you able to recognise?", lambda v: saying(ABLE)),
        ("Why do you think so?", lambda v: saying(WHY)),
        ("how do you know that", lambda v: saying(WHY)),
        ("are you sure?", lambda v: saying(r"\b(yes|sure|saw|see|mistake|wrong)\b")),
    ),
}
