// SPDX-License-Identifier: Apache-2.0
// The crash of the demonstration: a second process writes turn after turn and is killed while it does.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace chatbot {

/// The second process: appends durable turns to `session` of the store at `path`, one by one, and writes the number of
/// each to standard output once it is acknowledged. Ends only when it is killed, or cannot write any more.
/// @throws mnemic::Error
void run_burst(const std::filesystem::path& path, const std::string& session);

struct Killed {
  std::size_t acknowledged = 0;  ///< turns 1 to this one were acknowledged
  bool by_signal = false;        ///< it really ended by SIGKILL
};

/// Starts `program… --burst path --session session` anew (no open store is carried over), kills it with SIGKILL at a
/// random instant after a random number of acknowledgements, and reads what it had still to say.
/// @throws std::system_error when the process cannot be started.
Killed kill_in_burst(const std::vector<std::string>& program, const std::filesystem::path& path,
                     const std::string& session);

struct Recount {
  std::size_t present = 0;  ///< acknowledged turns that are there, word for word, at their place
  std::size_t missing = 0;  ///< acknowledged turns that are not
  std::size_t extra = 0;    ///< turns written, but killed before their acknowledgement: 0 or 1
};

/// Reads the turns of a burst back. @throws mnemic::Error
Recount recount(const std::filesystem::path& path, const std::string& session, std::size_t acknowledged);

}  // namespace chatbot
