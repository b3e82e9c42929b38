// SPDX-License-Identifier: Apache-2.0
// ChatClient: asks a language model behind an OpenAI-compatible chat endpoint. Target mnemic::http; docs/http.md.
#pragma once

#include <mnemic/http/export.hpp>
#include <mnemic/http/plain_key.hpp>
#include <mnemic/status.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace mnemic::http {

/// One message of a chat, in the OpenAI form. Both fields are valid UTF-8.
struct ChatMessage {
  std::string role = {};     ///< "system", "user", "assistant"; 1 to 64 bytes, judged by the server
  std::string content = {};  ///< sent as it is; any length (the server's limit is the model's context)
};

/// How to reach the model. Nothing is taken from the environment or from files but what stands here.
struct ChatOptions {
  /// The base as OpenAI clients know it: "http://127.0.0.1:11434/v1", "https://host/v1". "/chat/completions" is
  /// appended to its path unless it ends so; a query stays. http or https; no user name, password or fragment.
  std::string url = {};
  std::string model = {};    ///< as the server names it; not empty
  std::string api_key = {};  ///< sent as `Authorization: Bearer`, nothing when empty; printable ASCII without spaces
  PlainKey plain_key = PlainKey::kLoopbackOnly;
  /// For finding the host, connecting and the TLS handshake. Raised: a dead host is noticed later.
  std::chrono::milliseconds connect_timeout{5'000};
  /// The longest silence once connected, the wait for the first word included; a comment sent by the server ends a
  /// silence. Raised: a hung server is noticed later. Lowered: a model that reads a long prompt is given up too soon.
  std::chrono::milliseconds stall_timeout{30'000};
  /// The whole call, callbacks included. Raised: a server that never ends holds the caller longer.
  std::chrono::milliseconds timeout{120'000};
  /// Bytes of the body as received; streaming needs 200 to 300 for each token. Raised: a hostile server can make the
  /// process hold up to 30 times as much while it is parsed (measured: a list of empty objects).
  std::size_t max_reply_bytes = 16U << 20U;
  /// 0 to 2; the server's own when unset. Raised: replies vary more.
  std::optional<double> temperature = {};
  /// Asks for token counts at the end of the stream (`stream_options`). Off: some servers refuse the field.
  bool token_counts = false;
  std::string ca_file = {};  ///< PEM file of the authorities to trust instead of the system's; for a private one
};

/// What the model said.
struct ChatReply {
  std::string text = {};           ///< all pieces joined; valid UTF-8, never empty
  std::string finish_reason = {};  ///< "stop"; "length": cut by the server; empty when the server gave none
  std::string model = {};          ///< as the server names it, which may be more exact than what was asked for
  std::optional<std::uint64_t> prompt_tokens = {};  ///< when the server counts them
  std::optional<std::uint64_t> completion_tokens = {};
};

struct ChatClientImpl;

/// A client of one model. A plain handle, cheap to copy and to move, never changed after it was made: safe from many
/// threads. Starts no thread of its own, keeps no connection between calls, follows no redirect, uses no proxy, and
/// always verifies the peer and the host of a TLS connection. Nothing is retried: after kBusy or kIo the caller
/// decides, knowing from `on_piece` what had already come. The key is in no message, log or file.
class MNEMIC_HTTP_EXPORT ChatClient {
 public:
  /// Checks the options and makes a client; connects to nothing.
  /// @errors  kInvalidArgument: a bad `url`; an empty or broken `model`; a key with a control character, a space or
  ///          anything beyond ASCII, or one that would travel over http to a host that is not loopback (PlainKey); a
  ///          timeout outside 1 ms to 24 h; `max_reply_bytes` of 0 or beyond 256 MiB; a temperature outside 0 to 2; a
  ///          NUL in `ca_file`. The message names the field. kResourceExhausted: memory.
  /// @threads Any. The first call of the process also initialises libcurl (`curl_global_init`). @since 0.1
  static Result<ChatClient> create(ChatOptions options);

  /// Sends `messages` and reads the reply as it comes. The server is asked to stream; one that answers with a single
  /// JSON object is understood too, and `on_piece` then gets the whole text at once.
  ///
  /// @param messages  at least one. Borrowed for the call.
  /// @param on_piece  gets each new piece of the text, whole UTF-8 characters, not empty, valid during the call only.
  ///                  Answering false ends the request. What it throws comes out of `complete` after the connection is
  ///                  closed. Pieces of a call that fails later are not taken back.
  /// @param stop      ends the request from another thread at once, also while the server is silent.
  /// @errors  kInvalidArgument: no messages, an empty role, broken UTF-8, an unreadable `ca_file`; HTTP 400 and any 4xx
  ///          not named here; a redirect (mend `url`). kPermissionDenied: 401, 403. kNotFound: 404, for the path of
  ///          `url` or the model. kResourceExhausted: 413, a reply beyond `max_reply_bytes`, memory. kBusy: 408, 429,
  ///          503, or one of the three timeouts; try later. kCancelled: by `on_piece` or `stop`. kIo: host not found,
  ///          connection refused or broken, TLS refused (a certificate that cannot be verified among it), another 5xx,
  ///          or an answer that cannot be understood: not JSON, other types, broken UTF-8, an `error` object, a stream
  ///          without its end, no text. kFailedPrecondition: a client that was moved from.
  ///          `Status::extended_code()` is the HTTP status; 0 when none had come.
  /// @threads Any. Calls `on_piece` on this thread, with no lock held; it may call `complete`. libcurl looks up a host
  ///          name, not an address, on a thread of its own.
  /// @cost    One TCP connection (and TLS handshake) and one request per call; memory for the request and the reply.
  /// @since   0.1
  Result<ChatReply> complete(std::span<const ChatMessage> messages,
                             const std::function<bool(std::string_view piece)>& on_piece = {},
                             std::stop_token stop = {}) const;

 private:
  explicit ChatClient(std::shared_ptr<const ChatClientImpl> impl);
  std::shared_ptr<const ChatClientImpl> impl_;
};

}  // namespace mnemic::http
