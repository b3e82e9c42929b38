// SPDX-License-Identifier: Apache-2.0
// Endpoint: a checked address to post to.
#pragma once

#include <mnemic/status.hpp>

#include <string>
#include <string_view>

namespace mnemic::http {

struct Endpoint {
  std::string url;        ///< whole
  std::string scheme;     ///< "http" or "https"
  std::string authority;  ///< "host:port", for messages
  bool loopback = false;  ///< `localhost`, 127.0.0.0/8 or ::1, which libcurl resolves without asking anybody
};

/// `base` with `path` ("/chat/completions") at the end of its own path, unless that is there. A query stays.
/// @param field  what the message calls it.
/// @errors kInvalidArgument, never with the URL itself in the message: people put keys into it.
Result<Endpoint> parse_endpoint(const std::string& base, std::string_view path, std::string_view field = "url");

}  // namespace mnemic::http
