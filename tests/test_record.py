"""A terminal's recording as SVG: what a capture holds is what the picture shows."""

from xml.etree import ElementTree

from docs.record import Shot, plain, spans, svg

SVG = "{http://www.w3.org/2000/svg}"


def test_colours_and_foreign_letters():
    line = "\x1b[1m>\x1b[0m a < b & \x1b[2m\x1b[32mfaint\x1b[39m\x1b[0m \x1b[38;5;9mx"
    assert plain(line) == "> a < b & faint x"
    assert spans(line) == (
        '<tspan font-weight="bold">&gt;</tspan> a &lt; b &amp; '
        '<tspan fill="#98c379" opacity="0.6">faint</tspan> x'
    )


def test_every_picture_has_its_moment():
    shots = [Shot(("$ one",), 1.0), Shot(("$ one", "", "two"), 0.5), Shot(("two",), 2.5)]
    text = svg(shots, 'a "title"')
    root = ElementTree.fromstring(text)
    lines = {each.get("id"): "".join(each.itertext()) for each in root.iter(f"{SVG}text")}
    shown = [
        [lines[use.get("href")[1:]] for use in group.iter(f"{SVG}use")]
        for group in root.iter(f"{SVG}g")
    ]
    assert shown == [["$ one"], ["$ one", "two"], ["two"]]
    assert len(lines) == 2  # a line that stays is there once
    assert "@keyframes s1 { 0% { visibility: hidden } 25.000% { visibility: visible }" in text
    assert "animation: 4.00s" in text and "37.500% { visibility: hidden }" in text


def test_the_recording_of_the_page_is_a_picture_that_loads_nothing():
    from docs.record import FOLDER

    text = (FOLDER / "chat.svg").read_text()
    ElementTree.fromstring(text)
    assert "sf-mlx chat sf-mlx-demo.mp4" in text and "to the first word" in text
    for foreign in ('href="http', "url(", "<script", "<image", "@import"):
        assert foreign not in text
