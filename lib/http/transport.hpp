// SPDX-License-Identifier: Apache-2.0
// One POST whose answer is read as it comes, with deadlines and cancellation. The only file that moves bytes; it knows
// nothing of chats. Each call has its own connection and its own libcurl handles, so calls share nothing.
#pragma once

#include "http/endpoint.hpp"

#include <mnemic/status.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace mnemic::http {

/// What to send. Everything is borrowed for the call.
struct Post {
  const Endpoint& endpoint;
  std::string_view body;    ///< JSON
  std::string_view accept;  ///< the Accept header
  std::string_view secret;  ///< sent as `Authorization: Bearer`, kept out of messages; none when empty
  const std::string& ca_file;
  std::chrono::milliseconds connect_timeout;
  std::chrono::milliseconds stall_timeout;
  std::chrono::milliseconds timeout;
};

struct Answer {
  int status = 0;           ///< of HTTP
  std::string location;     ///< where a redirect would lead
  std::string retry_after;  ///< the header, when there was one
  std::string words;        ///< of a failure (300 and above): the beginning of the body
};

/// Gets the body of a success in pieces; false ends the transfer, which is then no failure of `post`.
using BodySink = std::function<bool(std::string_view bytes)>;

/// Must be called, and answer ok, before the first `post` of the process.
/// @errors kInternal, kResourceExhausted: libcurl does not start.
Status start_curl();

/// @errors  kIo, kBusy (a timeout), kCancelled, kInvalidArgument (`ca_file`), kResourceExhausted. Messages name host
///          and port. What `sink` throws comes out when the connection is closed.
Result<Answer> post(const Post& request, const BodySink& sink, const std::stop_token& stop);

/// The Status of an answer that is no success (300 and above): the code by status, an excerpt of the server's own words
/// as message.
Status status_of(const Answer& answer, const Post& request);

}  // namespace mnemic::http
