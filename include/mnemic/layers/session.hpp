// SPDX-License-Identifier: Apache-2.0
// Session: the conversational layer, a time-ordered log of turns that is also recalled by meaning.
#pragma once

#include <mnemic/batch.hpp>
#include <mnemic/export.hpp>
#include <mnemic/memory.hpp>
#include <mnemic/options.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mnemic {

/// One turn of a conversation, to be appended.
struct Turn {
  std::string author = {};                   ///< "user", "assistant", "tool", or a name
  std::string text = {};                     ///< what is indexed; may be empty when content is given
  Json content = {};                         ///< the whole item verbatim: tool calls, image parts
  std::optional<Timestamp> event_time = {};  ///< the clock's now when unset
  Trust trust = Trust::kExternal;
  std::vector<Vector> vectors = {};
  Json metadata = {};
  std::string key = {};                      ///< the caller's message id: appending it again changes nothing

  /// A turn from one chat message in the OpenAI form: `author` is its role, `text` its content (the text parts joined by
  /// newlines, or empty), `content` the message itself, byte for byte. A `user` role has Trust::kUser, an `assistant`
  /// Trust::kModel, a `tool` Trust::kTool; others stay external.
  /// @errors  kInvalidArgument: not an object, or no string `role`.
  /// @threads Any. @since 0.1
  static MNEMIC_EXPORT Result<Turn> from_message(const Json& message);
};

/// The newest turns that fit a budget.
struct WindowOptions {
  std::size_t max_tokens = 2000;  ///< counted by the store's TokenCounter over text (over content when text is empty)
  std::size_t max_turns = 1000;   ///< at most Limits::k
};

/// What is known of one session.
struct SessionInfo {
  std::string id;
  std::size_t turns = 0;
  Timestamp first{};  ///< event time of its earliest turn
  Timestamp last{};   ///< event time of its latest turn
};

struct ScopeImpl;

/// A handle on one session of a scope; made by `Scope::session`. Cheap to copy; safe from many threads; keeps the store
/// alive and answers kFailedPrecondition after `Store::close()`. Turns appended by several writers get one order.
class MNEMIC_EXPORT Session {
 public:
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

  /// Appends one turn, or several in one commit. Indexed before it returns.
  /// @return  their ids, in order. A turn whose key is already in this session is not written again; its id is returned.
  /// @errors  kInvalidArgument: broken UTF-8, an empty turn, a limit, a wrong vector, or an empty or overlong session
  ///          name. kAlreadyExists: the key belongs to a turn of another session, or outside `where`.
  ///          kPermissionDenied: a read-only scope, or the screen refused. kFailedPrecondition: closed, or a read-only
  ///          store. kBusy, kIo, kResourceExhausted, kCorruption: the file.
  /// @threads Any. @cost one embedding and one durable commit per call, not per turn. @since 0.1
  Result<std::vector<MemoryId>> append(std::span<const Turn> turns, const WriteOptions& options = {}) const;
  /// As above, for one turn.
  /// @errors As above. @threads Any. @since 0.1
  Result<MemoryId> append(const Turn& turn, const WriteOptions& options = {}) const;

  /// The newest turns whose tokens fit, oldest first. The newest turn is always there, even when it alone is too long.
  /// @errors  kInvalidArgument: `max_turns` of 0 or above Limits::k. kFailedPrecondition: closed. kBusy, kIo, kCorruption.
  /// @threads Any. Calls the TokenCounter on this thread. @cost O(turns returned). @since 0.1
  Result<std::vector<Memory>> window(const WindowOptions& options = {}) const;

  /// Takes the newest `count` turns back (forgets them), for retries and edits.
  /// @return  what was taken, oldest first; fewer when the session is shorter.
  /// @errors  kInvalidArgument: `count` above Limits::k. kPermissionDenied, kFailedPrecondition, kBusy, kIo,
  ///          kResourceExhausted, kCorruption as for append.
  /// @threads Any. @cost one commit. @since 0.1
  Result<std::vector<Memory>> pop(std::size_t count = 1, const WriteOptions& options = {}) const;

  /// Number of turns.
  /// @errors  kFailedPrecondition: closed. kBusy, kIo, kCorruption. @threads Any. @since 0.1
  Result<std::size_t> size() const;

 private:
  friend class Scope;
  Session(std::shared_ptr<const ScopeImpl> scope, std::string id);
  std::shared_ptr<const ScopeImpl> scope_;
  std::string id_;
};

}  // namespace mnemic
