// SPDX-License-Identifier: Apache-2.0
// PlainKey: what the clients of mnemic::http agree on about keys.
#pragma once

#include <cstdint>

namespace mnemic::http {

/// Whether the key may leave this machine without TLS.
enum class PlainKey : std::uint8_t {
  kLoopbackOnly,  ///< a key over http is refused unless the host is `localhost` or a loopback address
  kAnywhere,      ///< whoever is on the way can read the key and use it
};

}  // namespace mnemic::http
