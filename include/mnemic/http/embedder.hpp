// SPDX-License-Identifier: Apache-2.0
// HttpEmbedder: vectors from an OpenAI-compatible embeddings endpoint, or from several. Target mnemic::http;
// docs/http.md.
#pragma once

#include <mnemic/clock.hpp>
#include <mnemic/http/export.hpp>
#include <mnemic/http/plain_key.hpp>
#include <mnemic/models.hpp>
#include <mnemic/status.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::http {

/// Where the model is, what its vectors mean, and how patient to be. Nothing is taken from the environment or from
/// files but what stands here. `urls`, `model` and `dimension` must be set.
struct HttpEmbedderOptions {
  /// One to 64 bases as OpenAI clients know them: "http://127.0.0.1:11434/v1", "https://host/v1". "/embeddings" is
  /// appended to the path unless it ends so; a query stays. http or https; no user name, password or fragment. All of
  /// them must serve the same model: a request goes to any one.
  std::vector<std::string> urls = {};
  std::string model = {};  ///< as the servers name it; not empty
  /// Sent to each of `urls` as `Authorization: Bearer`, nothing when empty; printable ASCII without spaces.
  std::string api_key = {};
  PlainKey plain_key = PlainKey::kLoopbackOnly;

  /// Numbers in one vector, 1 to 4096; a store must know it before the first call. Vectors of another length are
  /// refused.
  std::size_t dimension = 0;
  /// Sends it as `dimensions`, for models whose vectors can be shortened. Off: servers of other models refuse that.
  bool send_dimension = false;
  /// EmbeddingSpace::name. Empty: `model` with each run of bytes outside [A-Za-z0-9._-] as one '-' ("BAAI/bge-m3"
  /// becomes "BAAI-bge-m3"); a model's name that is then longer than 64 needs one given here.
  std::string space_name = {};
  /// EmbeddingSpace::version. Empty: `model` as it is, with "@<dimension>" behind it if `send_dimension`. Change it
  /// when the servers get other weights under the same name, or `passage_prefix` changes: the old vectors are then left
  /// alone.
  std::string space_version = {};
  std::string query_prefix = {};    ///< put before each query ("search_query: "); up to 4096 bytes
  std::string passage_prefix = {};  ///< put before each text that is stored

  /// Texts in one request, 1 to 2048. Raised: fewer requests, each slower; some servers refuse more than 32 or even 10.
  std::size_t max_request_texts = 32;
  /// Bytes of text in one request, prefixes included; a longer text goes alone. Raised: some servers refuse above 2 MB.
  std::size_t max_request_bytes = 256U << 10U;
  /// Bytes of one reply: a vector takes up to 25 for each number. Raised: a hostile server can make the process hold up
  /// to 30 times as much while it is parsed.
  std::size_t max_reply_bytes = 16U << 20U;

  /// For finding the host, connecting and the TLS handshake. Raised: a dead host is noticed later.
  std::chrono::milliseconds connect_timeout{2'000};
  /// The longest silence once connected; these servers are silent until they are done. Lowered: one that has yet to
  /// load its model is given up too soon.
  std::chrono::milliseconds stall_timeout{20'000};
  /// One request. Raised: a server that is slow without end is given up later, and the next one asked later.
  std::chrono::milliseconds request_timeout{20'000};
  /// The whole call: all its requests and the waits between them. Raised: a write is held up longer.
  std::chrono::milliseconds timeout{60'000};

  /// Further tries of one request after kBusy or kIo, 0 to 100; on another endpoint at once, if one is ready.
  std::size_t retries = 4;
  /// When every endpoint has failed n times: a wait between 0 and min(backoff_max, backoff_base * 2^(n-1)), evenly
  /// distributed ("full jitter": Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015). A `Retry-After`
  /// of the server, in seconds or as a date, is waited out first if it ends before `timeout` does; at most an hour is
  /// believed.
  std::chrono::milliseconds backoff_base{200};
  std::chrono::milliseconds backoff_max{10'000};
  /// An endpoint that failed so often in a row (1 to 1000), over all callers, rests: nothing is sent to it for
  /// rest_base, then one request, whose failure doubles the rest, up to rest_max. While all rest a call ends at once,
  /// as kBusy. Raised: each call waits longer for an endpoint that is down.
  std::size_t rest_after = 5;
  std::chrono::milliseconds rest_base{1'000};
  std::chrono::milliseconds rest_max{60'000};  ///< raised: a server that came back is noticed later

  std::string ca_file = {};  ///< PEM file of the authorities to trust instead of the system's; for a private one
  std::shared_ptr<Clock> clock = system_clock();           ///< for a `Retry-After` that is a date
  std::shared_ptr<RandomSource> random = system_random();  ///< for the waits
};

/// One endpoint since the embedder was made.
struct EndpointStats {
  std::string authority = {};  ///< "host:port"
  std::uint64_t requests = 0;  ///< sent and ended
  std::uint64_t failures = 0;  ///< those that gave no vectors, whatever the code
  std::size_t in_flight = 0;   ///< under way now
  /// Of recent requests, as a moving average; one that failed counts if it took longer. 0 before the first.
  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds not_before{0};  ///< how much longer nothing is sent to it: it rests, or said `Retry-After`
};

struct HttpEmbedderStats {
  std::vector<EndpointStats> endpoints = {};  ///< in the order of `urls`
  std::uint64_t retries = 0;                  ///< requests that repeated one that had failed
};

struct HttpEmbedderImpl;

/// An Embedder for `Options::embedder`. Safe from many threads, which share the knowledge about endpoints. Starts no
/// thread of its own, keeps no connection between requests, follows no redirect, uses no proxy, and always verifies the
/// peer and the host of a TLS connection. The key is in no message, log or file, nor is a text that was sent, unless a
/// server repeats it.
class MNEMIC_HTTP_EXPORT HttpEmbedder final : public Embedder {
 public:
  /// Checks the options and makes an embedder; connects to nothing.
  /// @errors  kInvalidArgument: no or a bad url; an empty or broken `model`; a key with a control character, a space or
  ///          anything beyond ASCII, or one that would travel over http to a host that is not loopback (PlainKey); a
  ///          dimension, limit or timeout (1 ms to 24 h) out of range; a space that cannot be named; a broken prefix;
  ///          no clock or random source; a NUL in `ca_file`. The message names the field. kResourceExhausted: memory.
  /// @threads Any. The first call of the process also initialises libcurl (`curl_global_init`). @since 0.1
  static Result<std::shared_ptr<HttpEmbedder>> create(HttpEmbedderOptions options);

  ~HttpEmbedder() override;
  HttpEmbedder(const HttpEmbedder&) = delete;
  HttpEmbedder& operator=(const HttpEmbedder&) = delete;

  /// As the options say. `normalized` is false: nothing is known about what servers do.
  [[nodiscard]] const EmbeddingSpace& space() const noexcept override;

  /// Sends the texts in as few requests as the limits allow, one after the other, each to the endpoint with the fewest
  /// requests under way and then the lowest recent latency. An empty text gets a row of zeros and is not sent: servers
  /// refuse it.
  ///
  /// kBusy and kIo mean "the model cannot be asked now", and come after all retries. Every other code means that asking
  /// again cannot help; it is not retried, on no endpoint. A store can commit a write without its vector after the
  /// former; the latter fail the call.
  ///
  /// @param texts  valid UTF-8, any length: what is too long for the model is for the server to cut or to refuse.
  /// @param out    filled on success; holds anything after a failure.
  /// @errors  kBusy: 408, 429, 503, a timeout, `Retry-After` beyond `timeout`, or every endpoint rests. kIo: host not
  /// found,
  ///          connection refused or broken, TLS refused (a certificate that cannot be verified among it), another 5xx,
  ///          or an answer that cannot be understood: not JSON, other types, a NaN or a null, an `error` object, a
  ///          vector that is missing, there twice or empty. kFailedPrecondition: vectors of another length than
  ///          `dimension`. kInvalidArgument: broken UTF-8, an `out` of the wrong size, an unreadable `ca_file`; HTTP
  ///          400 and any 4xx not named here, among them usually a text too long; a redirect (mend `urls`).
  ///          kPermissionDenied: 401, 403. kNotFound: 404, for the path of the url or the model. kResourceExhausted:
  ///          413, a reply beyond `max_reply_bytes`, memory. `Status::extended_code()` is the HTTP status; 0 when none
  ///          had come.
  /// @threads Any. Blocks, for `timeout` at most. libcurl looks up a host name, not an address, on a thread of its own.
  /// @cost    One TCP connection (and TLS handshake) for each request; memory for one request and its reply.
  /// @since   0.1
  Status embed(std::span<const std::string_view> texts, EmbedKind kind, std::span<float> out) override;

  /// What happened so far, for a dashboard or a health check.
  /// @threads Any. @since 0.1
  [[nodiscard]] HttpEmbedderStats stats() const;

 private:
  explicit HttpEmbedder(std::unique_ptr<HttpEmbedderImpl> impl);
  std::unique_ptr<HttpEmbedderImpl> impl_;
};

}  // namespace mnemic::http
