// SPDX-License-Identifier: Apache-2.0
// Telling questions from statements, with rules of thumb for English. A model would do better; none is needed here.
#pragma once

#include <string_view>

namespace chatbot {

/// What a turn is, kept as `metadata.kind`: a question is never the answer to a question, and neither is a reply.
inline constexpr const char* kStatement = "statement";
inline constexpr const char* kQuestion = "question";
inline constexpr const char* kReply = "reply";
inline constexpr const char* kRemark = "remark";  ///< "that worked": says nothing by itself

/// True when `text` wants an answer: "What do I keep?", "I forgot. When is it?", "tell me about the wedding".
bool asks(std::string_view text);

/// True when `text` asks and states nothing besides.
bool is_pure_question(std::string_view text);

}  // namespace chatbot
