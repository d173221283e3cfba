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
        "[how are you|how are you doing|how do you do|how is it going|how are things|nice to meet you|are you there|good to see you]",
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
        "what [kind of |]things [do you know|can you tell me]",
        "[what|tell me what] you can [answer|tell|recognise]",
        "can you [answer questions|help me|see the video|see <this>|watch videos|understand videos]",
        "what [else |][can|could] you [tell me|answer|recognise]",
        "what [are|were] you [able to do|good at|able to recognise|able to recognize|able to see|made for|trained for|capable of]",
        "what do you [know|understand|recognise|recognize]",
        "which [shapes|things|objects] [can you recognise|can you recognize|do you know|can you tell apart]",
        "what [shapes|things] do you know",
        "[tell me|explain] what you can do",
        "your [abilities|skills|features]",
    ),
    "who": (
        "[who|what] are you",
        "are you [an AI|a bot|a chatbot|a robot|a language model|a person|a real person|human|ChatGPT|a machine|a computer]",
        "[what|what kind of] [model|AI|bot|program] are you",
        "[do you have a name|what should I call you|who am I talking to|what is your name]",
        "[what|which] model [is this|are you|am I talking to]",
        "[introduce yourself|tell me about yourself|what is this model|what is sf-mlx]",
    ),
    "why": (
        "why[| do you think so| do you say that| do you think that| is that| so| do you believe that]",
        "how [do|did|can] you [know|tell|see|find out][| that| this]",
        "[what makes you|why do you] [think so|say that|say so|believe that|think that]",
        "[where|how] did you [see|get] that",
        "on what [basis|grounds]",
        "what [is|was] [that|your answer|this] based on",
        "[what is|what's] your [evidence|reason|proof]",
        "can you [explain|justify|prove] [that|it|your answer]",
        "how come",
        "explain [why|your answer|that]",
    ),
    "sure": (
        "are you [sure|certain|really sure|absolutely sure|positive|quite sure][| about that| of that]",
        "[really|sure|is that right|is that true|is that correct|are you right|seriously|for real|no doubt]",
        "[can I|should I] [trust|believe] [you|that]",
        "[are you|could you be] [wrong|mistaken]",
        "[how|are you] [sure|certain] [are you|it is like that|you saw that]",
        "[are you|you are] [joking|kidding]",
        "[I don't|I do not] [believe|trust] [you|that|it]",
    ),
    "good": (
        "[ok|okay|good|great|nice|cool|fine|perfect|well done|alright|I see|aha|wow|correct|right|that is right|that's correct|very good|good job|good answer|awesome|interesting|got it|lol|haha|hmm|hm|okay then|all right|understood|makes sense|that helps|you are right|nice one|fantastic|amazing|brilliant|love it|impressive]",
        "[good|nice|great|well|clever] [bot|model|work|done|stuff|to know|one]",
        "that [is|was] [good|great|helpful|all I needed|what I wanted|impressive|nice|clear|interesting]",
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
