"""Conversations of five turns as people have them, with pronouns; truth from the scene.

Written by hand before the grammar in `demo/questions`, like `demo_natural`; none is trained on.
"""

from benchmarks.demo_natural import ABLE, HELLO, THANKS, WHY, Truth
from demo.view import View
from demo.wanted import (
    all_of,
    colours,
    no_or_yes,
    number,
    place,
    saying,
    shapes,
    sooner,
    story,
    time,
    way,
)

Turns = tuple[tuple[str, Truth], ...]


def _total(v: View) -> int:
    return v.count()


CONVERSATIONS: tuple[Turns, ...] = (
    (
        ("hi", lambda v: saying(HELLO)),
        ("how many shapes are there?", lambda v: number(_total(v))),
        ("Which one moves?", lambda v: shapes([v.only("move")])),
        ("Which way does it go?", lambda v: way(v.way(v.only("move")))),
        ("thanks!", lambda v: saying(THANKS)),
    ),
    (
        ("What's in this clip?", lambda v: all_of(v.scene)),
        ("Does anything flash?", lambda v: no_or_yes(v.some("flash"))),
        ("which one?", lambda v: shapes([v.only("flash")])),
        ("how often does it flash", lambda v: number(v.times(v.only("flash"), "flash"))),
        ("and does it move?", lambda v: no_or_yes(v.does(v.only("flash"), "move"))),
    ),
    (
        ("what colour is the circle", lambda v: colours(v.colour(v.one("circle")))),
        ("does it move", lambda v: no_or_yes(v.does(v.one("circle"), "move"))),
        ("where is it at the start?", lambda v: place(v.place(v.one("circle"), 0))),
        ("does it disappear?", lambda v: no_or_yes(v.does(v.one("circle"), "vanish"))),
        ("What else is there?", lambda v: shapes(v.others(v.one("circle")))),
    ),
    (
        ("Is there a star?", lambda v: no_or_yes(bool(v.one("star")))),
        ("What color is it?", lambda v: colours(v.colour(v.one("star")))),
        ("Which direction does it move in?", lambda v: way(v.way(v.one("star")))),
        ("does it bounce?", lambda v: no_or_yes(v.does(v.one("star"), "bounce"))),
        ("why do you think so?", lambda v: saying(WHY)),
    ),
    (
        ("Which shape is the biggest?", lambda v: shapes([v.biggest()])),
        ("Does it move?", lambda v: no_or_yes(v.does(v.biggest(), "move"))),
        ("And the smallest one?", lambda v: saying(r"smallest|moves|not move|still")),
        ("how many shapes are there in total", lambda v: number(_total(v))),
        ("What color is the background?", lambda v: colours([v.ground()])),
    ),
    (
        ("Describe the video.", lambda v: all_of(v.scene)),
        ("What changes colour?", lambda v: shapes([v.only("turn")])),
        ("What colour does it become?", lambda v: colours([v.second(v.only("turn"))])),
        ("when?", lambda v: time(v.when(v.only("turn"), "turn"))),
        ("Does it also flash?", lambda v: no_or_yes(v.does(v.only("turn"), "flash"))),
    ),
    (
        ("does anything appear", lambda v: no_or_yes(v.some("appear"))),
        ("what is it?", lambda v: shapes([v.only("appear")])),
        ("when does it appear?", lambda v: time(v.when(v.only("appear"), "appear"))),
        ("Is it still there at the end?", lambda v: no_or_yes(v.only("appear") in v.seen(1))),
        ("how many shapes are there at the end?", lambda v: number(len(v.seen(1)))),
    ),
    (
        ("Any hearts?", lambda v: no_or_yes(bool(v.one("heart")))),
        ("what does it do", lambda v: story(v.one("heart"))),
        ("Is it red?", lambda v: no_or_yes(v.is_colour(v.one("heart"), "red"))),
        ("What colour is it then?", lambda v: colours(v.colour(v.one("heart")))),
        ("ok thank you", lambda v: saying(THANKS)),
    ),
    (
        ("How many things move?", lambda v: number(len(v.doing("move")))),
        ("Which one doesn't move?", lambda v: shapes([v.only("still")])),
        ("What colour is it?", lambda v: colours(v.colour(v.only("still")))),
        ("Where is it?", lambda v: place(v.place(v.only("still")))),
        ("Is it the only one that stands still?", lambda v: no_or_yes(bool(v.only("still")))),
    ),
    (
        ("what can you do?", lambda v: saying(ABLE)),
        ("ok. how many shapes do you see?", lambda v: number(_total(v))),
        ("Is one of them red?", lambda v: no_or_yes(bool(v.of(colour="red")))),
        ("is one of them a square?", lambda v: no_or_yes(bool(v.of("square")))),
        ("list all of them", lambda v: all_of(v.scene)),
    ),
    (
        ("What happens first?", lambda v: sooner(v.event(0))),
        ("when?", lambda v: time(v.moment(v.event(0)))),
        ("And what happens last?", lambda v: sooner(v.event(-1))),
        ("How many shapes are left then?", lambda v: number(len(v.seen(1)))),
        ("thank you", lambda v: saying(THANKS)),
    ),
    (
        ("does anything bounce?", lambda v: no_or_yes(v.some("bounce"))),
        ("What bounces?", lambda v: shapes([v.only("bounce")])),
        ("how many times?", lambda v: number(v.times(v.only("bounce"), "bounce"))),
        (
            "is it fast? faster than the others?",
            lambda v: no_or_yes(v.fastest() is v.only("bounce")),
        ),
        ("what color is it", lambda v: colours(v.colour(v.only("bounce")))),
    ),
    (
        (
            "Is the square bigger than the circle?",
            lambda v: no_or_yes(v.bigger(v.one("square"), v.one("circle"))),
        ),
        ("and is it above it?", lambda v: no_or_yes(v.above(v.one("square"), v.one("circle")))),
        ("What colour is the square?", lambda v: colours(v.colour(v.one("square")))),
        ("and the circle?", lambda v: colours(v.colour(v.one("circle")))),
        ("Do they move?", lambda v: saying(r"move|still|yes|no")),
    ),
    (
        ("what's the red one", lambda v: shapes([v.one(colour="red")])),
        ("what is it doing?", lambda v: story(v.one(colour="red"))),
        ("is it there all the time?", lambda v: no_or_yes(v.always(v.one(colour="red")))),
        ("does it spin", lambda v: no_or_yes(v.does(v.one(colour="red"), "spin"))),
        ("Are there other red shapes?", lambda v: no_or_yes(bool(v.others_red()))),
    ),
    (
        ("Does a shape leave the picture?", lambda v: no_or_yes(v.some("leave"))),
        ("Which?", lambda v: shapes([v.only("leave")])),
        ("On which side does it go out?", lambda v: saying(v.exit_side(v.only("leave")))),
        ("when does it leave?", lambda v: time(v.when(v.only("leave"), "leave"))),
        ("What color was it?", lambda v: colours(v.colour(v.only("leave")))),
    ),
    (
        ("Does something vanish?", lambda v: no_or_yes(v.some("vanish"))),
        ("what is it", lambda v: shapes([v.only("vanish")])),
        ("when does that happen?", lambda v: time(v.when(v.only("vanish"), "vanish"))),
        ("Did it move before?", lambda v: no_or_yes(v.does(v.only("vanish"), "move"))),
        ("are you sure?", lambda v: saying(r"\b(yes|sure|saw|see|mistake|wrong)\b")),
    ),
    (
        ("Tell me what's happening.", lambda v: all_of(v.scene)),
        ("In one word: what colour is the background?", lambda v: colours([v.ground()])),
        ("And how many shapes? Just the number.", lambda v: number(_total(v))),
        ("Is anything spinning?", lambda v: no_or_yes(v.some("spin"))),
        ("Who is the king of Spain?", lambda v: saying(r"tiny demo model")),
    ),
    (
        ("what colour is the triangle?", lambda v: colours(v.colour(v.one("triangle")))),
        ("And the star?", lambda v: colours(v.colour(v.one("star")))),
        (
            "Which one of the two is bigger?",
            lambda v: shapes([v.larger(v.one("triangle"), v.one("star"))]),
        ),
        ("does the star move?", lambda v: no_or_yes(v.does(v.one("star"), "move"))),
        ("and the triangle?", lambda v: no_or_yes(v.does(v.one("triangle"), "move"))),
    ),
    (
        ("Is anything growing?", lambda v: no_or_yes(v.some("grow"))),
        ("Which shape?", lambda v: shapes([v.only("grow")])),
        ("what colour is it?", lambda v: colours(v.colour(v.only("grow")))),
        ("Does it move as well?", lambda v: no_or_yes(v.does(v.only("grow"), "move"))),
        ("thx bye", lambda v: saying(r"\b(welcome|pleasure|glad|bye|happy)\b")),
    ),
    (
        ("Which shape is on the far left at the start?", lambda v: shapes([v.extreme("left", 0)])),
        ("What colour is it?", lambda v: colours(v.colour(v.extreme("left", 0)))),
        ("Where does it go?", lambda v: way(v.way(v.extreme("left", 0)))),
        ("Is it there until the end?", lambda v: no_or_yes(v.extreme("left", 0) in v.seen(1))),
        ("how many others are there", lambda v: number(_total(v) - 1)),
    ),
)
