// SPDX-License-Identifier: Apache-2.0
// The options that every client has, checked in one way. Each check answers kInvalidArgument with the field's name.
#pragma once

#include "http/endpoint.hpp"

#include <mnemic/http/plain_key.hpp>
#include <mnemic/status.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace mnemic::http {

/// Not empty, UTF-8, no control characters.
Status check_model(const std::string& model);
/// Fit for a header.
Status check_key(const std::string& key);
/// Not in the clear to another machine, unless the caller wants it.
Status check_key_stays(const std::string& key, PlainKey plain_key, const Endpoint& endpoint);
/// 1 ms to 24 h.
Status check_duration(std::string_view name, std::chrono::milliseconds limit);
/// 1 to 256 MiB.
Status check_reply_limit(std::size_t max_reply_bytes);
/// Without a NUL; whether it can be read shows at the first connection.
Status check_ca_file(const std::string& ca_file);

/// `name: what`, as kInvalidArgument.
Status refuse(std::string_view name, std::string_view what);

}  // namespace mnemic::http
