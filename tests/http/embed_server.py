#!/usr/bin/env python3
"""An embeddings endpoint on the loopback that behaves as the first segment of the path says. For tests; no model in it.

    embed_server.py [--tls FILE.pem]

Runs like llm_server.py. `http://127.0.0.1:PORT/BEHAVIOUR/v1` is the base URL; only POST /BEHAVIOUR/v1/embeddings is answered.
The vector of a text has 8 numbers, or as many as `dimensions` asks for: its length in bytes, the sum of its bytes modulo 251, its
first six bytes, and zeros.

    vectors           the vectors, in order
    reversed          last first, with fields that nobody knows
    requests          what was asked so far, as a list of {"path", "headers" (names in lower case), "body"}
    first-N-NAME      the first N requests as NAME, the others as `vectors`
    httpNNN           status NNN with an error object; httpNNN-after-X: with `Retry-After: X`; httpNNN-past: with a past date
    empty-text-400    400 when there is an empty text, as most servers do; else the vectors
    drop              closes the connection without a word
    silent, stall     nothing at all, or half an answer, until the client leaves
    half              half of what Content-Length promises, then the connection breaks
    huge              an answer without end
    redirect          302 to `vectors`
    longer, shorter   one number too many, one too few, in the last vector
    nan, null, text   as the first number of the first vector; nan is no JSON
    big               1e39 there: finite, but not in 32 bits
    base64            the vectors as strings
    empty-vector      the first has no numbers
    fewer, more       one vector missing, one too many
    again, beyond     the first index once more; an index beyond the texts
    negative, no-index, index-text, no-vector, no-object, no-data, data-text, list, deep, garbage, empty, error, leak: as named
"""

import json
import re
import sys
import threading

sys.dont_write_bytecode = True
import llm_server  # noqa: E402

DIMENSION = 8
lock = threading.Lock()
asked = []
counts = {}


def vector_of(text, dimension):
    data = text.encode()
    numbers = [len(data), sum(data) % 251 + 0.5, *data[:6]]
    return (numbers + [0] * dimension)[:dimension]


class Handler(llm_server.Handler):
    def do_POST(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match = re.fullmatch(r"/([a-z0-9-]+)/v1/embeddings(?:\?.*)?", self.path)
        name = match.group(1) if match else "http404"
        self.body = json.loads(sent)
        if name == "requests":
            self.answer_plain(200, asked)
            return
        with lock:
            headers = {key.lower(): value for key, value in self.headers.items()}
            asked.append({"path": self.path, "headers": headers, "body": self.body})
            counts[name] = counts.get(name, 0) + 1
            number = counts[name]
        if first := re.fullmatch(r"first-(\d+)-(.*)", name):
            name = first.group(2) if number <= int(first.group(1)) else "vectors"
        try:
            if status := re.fullmatch(r"http(\d{3})(?:-(after-(\d+)|past))?", name):
                self.answer_failure(status)
            else:
                getattr(self, "embed_" + name.replace("-", "_"), self.answer_http404)()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer_failure(self, status):
        after = status.group(3) or ("Fri, 31 Dec 1999 23:59:59 GMT" if status.group(2) == "past" else None)
        body = {"error": {"message": f"status {status.group(1)} was asked for"}}
        self.answer_plain(int(status.group(1)), body, headers=[("Retry-After", after)] if after else [])

    def data(self):
        dimension = self.body.get("dimensions", DIMENSION)
        texts = self.body["input"]
        return [{"object": "embedding", "index": i, "embedding": vector_of(text, dimension)} for i, text in enumerate(texts)]

    def answer_data(self, data, **more):
        self.answer_plain(200, {"object": "list", "data": data, "model": "test", "usage": {"prompt_tokens": 1}, **more})

    def spoil(self, change, which=0):
        data = self.data()
        change(data[which])
        self.answer_data(data)

    def raw(self, number):
        """The vectors with `number`, as it is written, for the first one."""
        data = self.data()
        data[0]["embedding"][0] = "@"
        self.answer_plain(200, json.dumps({"data": data}).replace('"@"', number).encode())

    def embed_vectors(self):
        self.answer_data(self.data())

    def embed_reversed(self):
        data = [{**one, "note": {"deep": [1, {"x": None}]}} for one in reversed(self.data())]
        self.answer_data(data, error=None, id="e-1", created=1.5)

    def embed_empty_text_400(self):
        if "" in self.body["input"]:
            self.answer_plain(400, {"error": {"message": "an empty text"}})
        else:
            self.embed_vectors()

    def embed_drop(self):
        self.close_connection = True

    def embed_silent(self):
        self.wait_for_client_to_leave()

    def half(self):
        data = json.dumps({"data": self.data()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])

    def embed_stall(self):
        self.half()
        self.wait_for_client_to_leave()

    def embed_half(self):
        self.half()
        self.break_off()

    def embed_huge(self):
        self.begin()
        self.packet(b'{"data": [')
        while True:
            self.packet(b"0.125, " * 1000)

    def embed_redirect(self):
        self.answer_plain(302, b"", headers=[("Location", "/vectors/v1/embeddings")])

    def embed_longer(self):
        self.spoil(lambda one: one["embedding"].append(1), -1)

    def embed_shorter(self):
        self.spoil(lambda one: one["embedding"].pop(), -1)

    def embed_nan(self):
        self.raw("NaN")

    def embed_null(self):
        self.raw("null")

    def embed_text(self):
        self.raw('"0.5"')

    def embed_big(self):
        self.raw("1e39")

    def embed_base64(self):
        self.spoil(lambda one: one.update(embedding="AACAPwAAAEA="))

    def embed_empty_vector(self):
        self.spoil(lambda one: one.update(embedding=[]))

    def embed_fewer(self):
        self.answer_data(self.data()[1:])

    def embed_more(self):
        self.answer_data([*self.data(), self.data()[0]])

    def embed_again(self):
        self.spoil(lambda one: one.update(index=0), -1)

    def embed_beyond(self):
        self.spoil(lambda one: one.update(index=99))

    def embed_negative(self):
        self.spoil(lambda one: one.update(index=-1))

    def embed_no_index(self):
        self.spoil(lambda one: one.pop("index"))

    def embed_index_text(self):
        self.spoil(lambda one: one.update(index="0"))

    def embed_no_vector(self):
        self.spoil(lambda one: one.pop("embedding"))

    def embed_no_object(self):
        self.answer_data([one["embedding"] for one in self.data()])

    def embed_no_data(self):
        self.answer_plain(200, {"object": "list"})

    def embed_data_text(self):
        self.answer_data("none")

    def embed_list(self):
        self.answer_plain(200, self.data())

    def embed_deep(self):
        self.answer_plain(200, b'{"data": %s}' % llm_server.nested(200_000))

    def embed_garbage(self):
        self.answer_garbage()

    def embed_empty(self):
        self.answer_plain(200, b"")

    def embed_error(self):
        self.answer_plain(200, {"error": {"message": "the model is out of memory"}})

    def embed_leak(self):
        self.answer_plain(200, self.headers.get("Authorization", "").encode(), "text/plain")


if __name__ == "__main__":
    llm_server.main(Handler, "An embeddings endpoint")
