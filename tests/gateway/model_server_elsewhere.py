#!/usr/bin/env python3
"""A server of models as somebody else runs it: the API of OpenAI over https, which says back what it is told.

    model_server_elsewhere.py ADDRESS PORT CERTIFICATE KEY LOG

Each request becomes a line of JSON in LOG: its path, its `Authorization`, its body. It ends with the program
that started it.
"""

import http.server
import json
import os
import ssl
import sys
import threading
import time

ADDRESS, PORT, CERTIFICATE, KEY, LOG = sys.argv[1:]
STARTED_BY = os.getppid()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def note(self, body):
        line = {"path": self.path, "authorization": self.headers.get("Authorization"), "body": body}
        with open(LOG, "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def reply(self, kind, body):
        data = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.note(None)
        self.reply("application/json", json.dumps({"object": "list", "data": [{"id": "echo", "object": "model"}]}))

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.note(body)
        said = body["messages"][-1]["content"]
        # In pieces of three letters, so that what was masked comes divided.
        pieces = [said[at : at + 3] for at in range(0, len(said), 3)]
        chunks = [{"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]} for piece in pieces]
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        usage = {"prompt_tokens": 9, "completion_tokens": len(pieces), "total_tokens": 9 + len(pieces)}
        chunks.append({"choices": [], "usage": usage})
        head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "echo"}
        events = "".join(f"data: {json.dumps({**head, **chunk})}\n\n" for chunk in chunks)
        self.reply("text/event-stream", events + "data: [DONE]\n\n")


def end_with_the_starter():
    while os.getppid() == STARTED_BY:
        time.sleep(0.3)
    os._exit(0)


threading.Thread(target=end_with_the_starter, daemon=True).start()
server = http.server.ThreadingHTTPServer((ADDRESS, int(PORT)), Answer)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
