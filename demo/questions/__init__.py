"""Questions about a scene, in many wordings, with their true answers.

Only questions with one answer that nobody would dispute are asked: a shape is called "the circle"
where there is one circle, and times and places that lie on a border are left alone.
"""
