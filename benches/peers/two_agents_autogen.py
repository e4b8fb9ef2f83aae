"""The other side of `cargo xtask bench crew`: planner and worker as agents of autogen-core.

Each line of the input holds a number of runs; the answer is one line: seconds that they took.
"""

import asyncio
import sys
import time
from dataclasses import dataclass

from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    message_handler,
)

SCRIPT = ["It is Tuesday.", "The train leaves at nine.", "Bring an umbrella."]
QUESTIONS = ["Which day is it?", "When does the train leave?", "What shall I bring?"]


@dataclass
class Question:
    place: int
    text: str


@dataclass
class Answer:
    text: str


@dataclass
class PlanDay:
    pass


@dataclass
class Day:
    answers: list[str]


class Worker(RoutedAgent):
    @message_handler
    async def on_question(self, message: Question, context: MessageContext) -> Answer:
        return Answer(SCRIPT[message.place])


class Planner(RoutedAgent):
    @message_handler
    async def on_plan(self, message: PlanDay, context: MessageContext) -> Day:
        answers = []
        for place, text in enumerate(QUESTIONS):
            answer = await self.send_message(Question(place, text), AgentId("worker", "default"))
            answers.append(answer.text)
        return Day(answers)


async def main() -> None:
    runtime = SingleThreadedAgentRuntime()
    await Planner.register(runtime, "planner", lambda: Planner("planner"))
    await Worker.register(runtime, "worker", lambda: Worker("worker"))
    runtime.start()
    for line in sys.stdin:
        runs = int(line)
        began = time.perf_counter()
        for _ in range(runs):
            day = await runtime.send_message(PlanDay(), AgentId("planner", "default"))
            assert day.answers == SCRIPT, day
        print(time.perf_counter() - began, flush=True)
    await runtime.stop()


asyncio.run(main())
