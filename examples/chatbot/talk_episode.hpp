// SPDX-License-Identifier: Apache-2.0
// Each talk is an episode: open while it goes on, closed at its end, or at the next start when it was killed.
#pragma once

#include "chat.hpp"

namespace chatbot {

/// Closes the talks of this user that nobody is in any more, with the time of their last turn.
/// @throws mnemic::Error
void close_left_open(const Talk& talk);

/// Records this talk as an open episode, unless that is done already.
/// @throws mnemic::Error
void begin_episode(Talk& talk);

/// Closes it, when it was begun. @throws mnemic::Error
void end_episode(Talk& talk);

}  // namespace chatbot
