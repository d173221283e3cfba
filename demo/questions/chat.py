"""What people say to a chat besides asking about the clip: greetings, thanks, and about itself."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions.phrases import say
from demo.questions.turn import Rng, Turn, pick
from demo.view import View
from demo.world import Shape

ANSWERS = {
    "hello": "Hello! Ask me about the shapes in the video.",
    "thanks": "You are welcome!",
    "bye": "Goodbye!",
    "able": "I can tell you about coloured shapes: how many there are, their colours, where they are, how they move and what changes.",
    "who": "A tiny demo model that knows moving coloured shapes and nothing else.",
    "why": "I saw it in the frames of the video.",
    "sure": "Yes, that is what I saw, but I can be wrong.",
    "good": "Good, ask me more about the shapes.",
}
_SAID = {
    "hello": (
        "[hello|hi|hey|good morning|good evening|good day|good afternoon|greetings|howdy|hiya|yo|hi there|hello there|hey there|hi you|hallo]",
        "[hello|hi|hey][,|] [how are you|you there|are you there|anybody there|demo|model|there|my friend]",
    ),
    "thanks": (
        "[thanks|thank you|thx|ty|many thanks|thanks a lot|thank you very much|thank you so much|cheers|much appreciated|thanks a bunch|thanks again|thanks so much]",
        "[ok|okay|great|good|nice|perfect|cool|fine|alright|super|wonderful|very good|well done][,|] [thanks|thank you|thx|thanks a lot|thank you very much|many thanks]",
        "[thanks|thank you] [for your help|for the answer|for that|for the answers|for the info], [bye|]",
        "[thanks|thank you|thx][,| and|] [bye|goodbye|see you]",
    ),
    "bye": (
        "[bye|goodbye|see you|see you later|bye bye|good night|so long|ciao|that's all|that is all|farewell]",
        "[ok|okay|alright][,|] [bye|goodbye|see you]",
    ),
    "able": (
        "what can you do[| for me| here]",
        "what [can|could|may|should] I ask[| you]",
        "what [kind|sort] of [questions|things] [can I ask|can I ask you|can you answer|do you know|do you understand]",
        "[help|help me|how does this work|how do you work|how do I use this|instructions]",
        "what [are|were] you [able to do|good at|able to recognise|able to recognize|able to see|made for|trained for|capable of]",
        "what do you [know|understand|recognise|recognize]",
        "which [shapes|things|objects] [can you recognise|can you recognize|do you know|can you tell apart]",
        "what [shapes|things] do you know",
        "[tell me|explain] what you can do",
        "your [abilities|skills|features]",
    ),
    "who": (
        "[who|what] are you",
        "[what|which] model [is this|are you|am I talking to]",
        "[introduce yourself|tell me about yourself|what is this model|what is sf-mlx]",
    ),
    "why": (
        "why[| do you think so| do you say that| do you think that| is that| so| do you believe that]",
        "how [do|did|can] you [know|tell|see|find out][| that| this]",
        "[what makes you|why do you] [think so|say that|say so|believe that|think that]",
        "[where|how] did you [see|get] that",
        "on what [basis|grounds]",
        "explain [why|your answer|that]",
    ),
    "sure": (
        "are you [sure|certain|really sure|absolutely sure|positive|quite sure][| about that| of that]",
        "[really|sure|is that right|is that true|is that correct|are you right|seriously|for real|no doubt]",
        "[can I|should I] [trust|believe] [you|that]",
        "[are you|could you be] [wrong|mistaken]",
    ),
    "good": (
        "[ok|okay|good|great|nice|cool|fine|perfect|well done|alright|I see|aha|wow|correct|right|that is right|that's correct|very good|good job|good answer|awesome|interesting|got it]",
    ),
}
_WEIGHTS = (
    "hello",
    "hello",
    "thanks",
    "thanks",
    "bye",
    "able",
    "able",
    "who",
    "why",
    "why",
    "sure",
    "good",
)


def chat(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    return None if called else small_talk(rng, pick(rng, _WEIGHTS))


def small_talk(rng: Rng, about: str) -> Turn:
    return Turn("chat", say(rng, _SAID[about]), ANSWERS[about], ANSWERS[about])
