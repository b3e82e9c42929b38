#!/usr/bin/env python3
"""A chat endpoint on the loopback that behaves as the first segment of the path says. For tests; no model in it.

    llm_server.py [--tls FILE.pem]

Listens on a free port of 127.0.0.1 and prints the port as its first and only line. Ends when its standard input does, so
it dies with whoever started it. From a shell:

    mkfifo hold port
    python3 llm_server.py <hold >port &
    exec 9>hold                           # the server lives as long as descriptor 9 is open
    read -r number <port
    chatbot --llm-url "http://127.0.0.1:$number/stream/v1" --model test
    exec 9>&-

`http://127.0.0.1:PORT/BEHAVIOUR/v1` is the base URL; only POST /BEHAVIOUR/v1/chat/completions is answered, other paths
with 404. Streams are server-sent events in chunks, one piece of text in each:

    stream        "The kettle is on the blue shelf." in pieces, then [DONE]; token counts when asked for
    remember      the system messages it was sent, joined by newlines
    echo          what it was sent, as JSON: {"path", "headers" (names in lower case), "body"}
    split         "Zoë says: 早上好 🙂" with each byte in a packet of its own
    escapes       terminal escape sequences, each byte of the text in an event of its own
    comments      `stream` with comments, other fields, CR and CRLF, and an object over several data lines
    no-done       `stream` without [DONE]
    no-blank      `stream` without the last empty line
    keep-open     `stream`, but the connection stays open after [DONE]
    slow          `stream` with 5 ms between the pieces
    whole         one JSON object, whatever was asked for; non-ASCII as \\u escapes
    stall         one piece, then silence until the client leaves
    silent        nothing at all until the client leaves
    half          one piece, then the connection breaks
    early         one piece, then a proper end of the body, but none of the stream
    huge          pieces without end
    long-header   headers without end
    garbage       a page of HTML with status 200
    bad-event     one piece, then an event that is not JSON
    wrong-types   a number where the text should be
    deep          an array nested 200,000 deep where a string should be; deep-500: 30,000 deep, with status 500
    no-choices    an object without `choices`
    broken-utf8   a byte that is never UTF-8, inside an event
    empty         status 200 and no body
    no-text       a proper stream without text, finish_reason "length"
    error-in-200  {"error": ...} with status 200, as one object; error-event: the same as an event after one piece
    leak          401 whose message repeats the key; leak-200: the same as plain text with status 200
    redirect      302 to `stream`
    httpNNN       status NNN with an error object; 429 and 503 with Retry-After: 7
"""

import argparse
import http.server
import json
import os
import re
import ssl
import sys
import threading
import time

SENTENCE = "The kettle is on the blue shelf."
UNICODE = "Zoë says: 早上好 🙂"
ESCAPES = "red \x1b[31mparrot\x1b[0m \x1b]0;title\x07says\u202e \x9bhello\nyou> bye"
MODEL = "test-model-1"


def pieces_of(text):
    """The words of a text, each with the space behind it."""
    return re.findall(r"\S+\s*|\s+", text)


def chunk(delta, finish_reason=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chat-1", "object": "chat.completion.chunk", "model": MODEL, "choices": [choice]}


def event(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def nested(depth):
    return b"[" * depth + b"]" * depth


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match = re.fullmatch(r"/([a-z0-9-]+)/v1/chat/completions(?:\?.*)?", self.path)
        name = match.group(1) if match else "http404"
        try:
            self.request_json = json.loads(self.sent)
            if status := re.fullmatch(r"http(\d{3})", name):
                self.answer_status(int(status.group(1)))
            else:
                getattr(self, "answer_" + name.replace("-", "_"), self.answer_http404)()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    # How answers travel.

    def answer_plain(self, status, body, content_type="application/json", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (("Content-Type", content_type), ("Content-Length", str(len(data))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def begin(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def packet(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self):
        self.packet(b"")

    def break_off(self):
        self.wfile.flush()
        self.close_connection = True

    def wait_for_client_to_leave(self):
        self.wfile.flush()
        while self.connection.recv(4096):
            pass
        self.close_connection = True

    def events(self, text):
        yield event(chunk({"role": "assistant", "content": ""}))
        for piece in pieces_of(text):
            yield event(chunk({"content": piece}))
        yield event(chunk({}, "stop"))
        if self.request_json.get("stream_options", {}).get("include_usage"):
            usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
            yield event({"model": MODEL, "choices": [], "usage": usage})
        yield event("[DONE]")

    def stream(self, text, pause=0.0):
        self.begin()
        for one in self.events(text):
            self.packet(one)
            time.sleep(pause)
        self.end()

    def one_piece(self):
        self.begin()
        self.packet(event(chunk({"content": "The kettle "})))

    # What there is to answer.

    def answer_stream(self):
        self.stream(SENTENCE)

    def answer_slow(self):
        self.stream(SENTENCE, pause=0.005)

    def answer_remember(self):
        messages = self.request_json["messages"]
        self.stream("\n".join(m["content"] for m in messages if m["role"] == "system"))

    def answer_echo(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        what = {"path": self.path, "headers": headers, "body": self.request_json}
        self.stream(json.dumps(what, ensure_ascii=False))

    def answer_split(self):
        self.begin()
        for one in self.events(UNICODE):
            for byte in one:
                self.packet(bytes([byte]))
        self.end()

    def answer_escapes(self):
        self.begin()
        for letter in ESCAPES:
            self.packet(event(chunk({"content": letter})))
        self.packet(event(chunk({}, "stop")) + event("[DONE]"))
        self.end()

    def answer_comments(self):
        self.begin()
        self.packet(b": hello\r\n\r\n")
        for number, piece in enumerate(pieces_of(SENTENCE)):
            lines = json.dumps(chunk({"content": piece}), indent=1).split("\n")
            end = ["\n", "\r\n", "\r"][number % 3]
            text = f"event: message{end}id: {number}{end}" + "".join(f"data:{line}{end}" for line in lines) + end
            self.packet(text.encode())
        self.packet(b"retry: 10\n: bye\n\ndata: [DONE]\r\n\r\n")
        self.end()

    def answer_no_done(self):
        self.begin()
        for one in list(self.events(SENTENCE))[:-1]:
            self.packet(one)
        self.end()

    def answer_no_blank(self):
        self.begin()
        self.packet(b"".join(self.events(SENTENCE)).rstrip(b"\n"))
        self.end()

    def answer_keep_open(self):
        self.begin()
        for one in self.events(SENTENCE):
            self.packet(one)
        self.wait_for_client_to_leave()

    def answer_whole(self):
        message = {"role": "assistant", "content": UNICODE}
        usage = {"prompt_tokens": 11, "completion_tokens": 7}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self.answer_plain(200, {"model": MODEL, "choices": [choice], "usage": usage})

    def answer_stall(self):
        self.one_piece()
        self.wait_for_client_to_leave()

    def answer_silent(self):
        self.wait_for_client_to_leave()

    def answer_half(self):
        self.one_piece()
        self.break_off()

    def answer_early(self):
        self.one_piece()
        self.end()

    def answer_huge(self):
        self.begin()
        while True:
            self.packet(event(chunk({"content": "more " * 50})))

    def answer_long_header(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")

    def answer_garbage(self):
        self.answer_plain(200, b"<!doctype html>\n<title>\x1b[31mIt works!\x07</title>\n", "text/html")

    def answer_bad_event(self):
        self.one_piece()
        self.packet(event('{"choices": [{"del'))
        self.end()

    def answer_wrong_types(self):
        self.begin()
        self.packet(event(chunk({"content": 42})))
        self.end()

    def answer_deep(self):
        self.answer_plain(200, b'{"choices": [{"finish_reason": %s}]}' % nested(200_000))

    def answer_deep_500(self):
        self.answer_plain(500, b'{"detail": %s}' % nested(30_000))

    def answer_no_choices(self):
        self.answer_plain(200, {"model": MODEL, "choices": "none"})

    def answer_broken_utf8(self):
        self.begin()
        self.packet(event(chunk({"content": "caf@"})).replace(b"@", b"\xe9"))
        self.end()

    def answer_empty(self):
        self.answer_plain(200, b"")

    def answer_no_text(self):
        self.begin()
        self.packet(event(chunk({}, "length")) + event("[DONE]"))
        self.end()

    def answer_error_in_200(self):
        self.answer_plain(200, {"error": {"message": "the model is out of memory", "type": "server_error"}})

    def answer_error_event(self):
        self.one_piece()
        self.packet(event({"error": "the model is out of memory"}))
        self.end()

    def answer_leak(self):
        key = self.headers.get("Authorization", "")
        self.answer_plain(401, {"error": {"message": f"Incorrect API key provided: {key}."}})

    def answer_leak_200(self):
        self.answer_plain(200, self.headers.get("Authorization", "").encode(), "text/plain")

    def answer_redirect(self):
        self.answer_plain(302, b"", headers=[("Location", "/stream/v1/chat/completions")])

    def answer_http404(self):
        self.answer_status(404)

    def answer_status(self, status):
        headers = [("Retry-After", "7")] if status in (429, 503) else []
        self.answer_plain(status, {"error": {"message": f"status {status} was asked for"}}, headers=headers)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # a client that left is no news
            super().handle_error(request, client_address)


def main(handler, what):
    parser = argparse.ArgumentParser(description=f"{what} for tests.")
    parser.add_argument("--tls", metavar="FILE.pem", help="speak TLS with this certificate and key")
    arguments = parser.parse_args()
    server = Server(("127.0.0.1", 0), handler)
    if arguments.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main(Handler, "A chat endpoint")
