"""The other side of `cargo xtask bench crew`: planner and worker as a graph of langgraph.

Each line of the input holds a number of runs; the answer is one line: seconds that they took.
"""

import sys
import time
from typing import TypedDict

from langgraph.graph import END, START, StateGraph

SCRIPT = ["It is Tuesday.", "The train leaves at nine.", "Bring an umbrella."]
QUESTIONS = ["Which day is it?", "When does the train leave?", "What shall I bring?"]


class Day(TypedDict):
    question: str
    answers: list[str]


def planner(day: Day) -> dict:
    asked = len(day["answers"])
    return {"question": QUESTIONS[asked] if asked < len(QUESTIONS) else ""}


def worker(day: Day) -> dict:
    answers = day["answers"]
    return {"answers": [*answers, SCRIPT[len(answers)]]}


def build():
    graph = StateGraph(Day)
    graph.add_node("planner", planner)
    graph.add_node("worker", worker)
    graph.add_edge(START, "planner")
    graph.add_conditional_edges("planner", lambda day: "worker" if day["question"] else END)
    graph.add_edge("worker", "planner")
    return graph.compile()


def main() -> None:
    agents = build()
    for line in sys.stdin:
        runs = int(line)
        began = time.perf_counter()
        for _ in range(runs):
            day = agents.invoke({"question": "", "answers": []})
            assert day["answers"] == SCRIPT, day
        print(time.perf_counter() - began, flush=True)


main()
