"""The peer: presidio-analyzer with its small English model.

Usage: presidio_spans.py < texts.jsonl > spans.jsonl

Each line is {"all": [[start, end, kind], …], "strict": […]}: all that it finds, and the same without the
kinds that tell of no person (dates, nationalities, addresses of the web), which the peer finds everywhere.
"""

import json
import logging
import sys

logging.disable(logging.WARNING)

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

MODEL = sys.argv[1] if len(sys.argv) > 1 else "en_core_web_sm"
OFF = {"DATE_TIME", "NRP", "URL"}

provider = NlpEngineProvider(nlp_configuration={
    "nlp_engine_name": "spacy",
    "models": [{"lang_code": "en", "model_name": MODEL}],
})
analyzer = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])

for line in sys.stdin:
    found = analyzer.analyze(text=json.loads(line)["text"], language="en")
    spans = [[result.start, result.end, result.entity_type] for result in found]
    print(json.dumps({"all": spans, "strict": [span for span in spans if span[2] not in OFF]}))
