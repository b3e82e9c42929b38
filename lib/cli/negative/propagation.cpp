// SPDX-License-Identifier: Apache-2.0
#include "cli/negative/propagation.hpp"

#include "cli/console.hpp"
#include "cli/store_arguments.hpp"
#include "cli/temp_store.hpp"

#include <mnemic/store.hpp>

#include <fmt/format.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace mnemic::cli::negative {
namespace {

using Nanoseconds = std::int64_t;
const Namespace kHome{"neg", "ada"};

/// Of a clock that all processes share.
Nanoseconds now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One end of a line to a watcher. Closed when it goes.
class Line {
 public:
  explicit Line(int fd = -1) : fd_(fd) {}
  Line(Line&& other) noexcept : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}
  Line& operator=(Line&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~Line() { close(); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  bool send(std::string text) const {
    text += '\n';
    return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  /// The next line; nothing when the other end is closed.
  std::optional<std::string> receive() {
    for (;;) {
      if (const auto end = buffer_.find('\n'); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      std::array<char, 256> part{};
      const ssize_t got = ::recv(fd_, part.data(), part.size(), 0);
      if (got <= 0) return std::nullopt;
      buffer_.append(part.data(), static_cast<std::size_t>(got));
    }
  }
  /// Whether the other end is there and has nothing to say.
  [[nodiscard]] bool is_quiet() const {
    pollfd one{fd_, POLLIN, 0};
    return ::poll(&one, 1, 0) == 0;
  }

 private:
  int fd_;
  std::string buffer_;
};

std::pair<Line, Line> make_line() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) throw Error(Status(StatusCode::kIo, "no socket pair can be made"));
  return {Line(ends[0]), Line(ends[1])};
}

/// Asks for each word it is sent until it is found ("seen"), then until it is not: "gone", when that recall ended, and when the last one that
/// found it began. Ends when the line does.
void watch(const std::filesystem::path& path, const std::string& embedder, Line line) {
  try {
    std::optional<Store> store;
    while (const auto word = line.receive()) {
      if (!store) store = Store::open(path, {.embedder = embedder_named(embedder)}).value();
      const Scope scope = store->scope(kHome).value();
      bool seen = false;
      Nanoseconds last_seen = 0;
      while (line.is_quiet()) {
        const Nanoseconds begun = now();
        const RecallResult result = scope.recall({.text = *word}, {.k = 5}).value();
        const Nanoseconds ended = now();
        const bool there = std::any_of(result.hits.begin(), result.hits.end(),
                                       [&](const Hit& hit) { return hit.memory.text.find(*word) != std::string::npos; });
        if (there) last_seen = begun;
        if (there && !std::exchange(seen, true)) line.send("seen");
        if (there || !seen) continue;
        line.send(fmt::format("gone {} {}", ended, last_seen));
        break;
      }
    }
  } catch (const std::exception& error) {
    line.send(fmt::format("failed {}", error.what()));
  }
}

/// Watchers in a thread and in a process.
class Watchers {
 public:
  Watchers(const std::filesystem::path& path, const std::string& embedder) {
    auto [ours, theirs] = make_line();
    child_ = ::fork();
    if (child_ < 0) throw Error(Status(StatusCode::kIo, "no second process can be made"));
    if (child_ == 0) {
      ours.close();
      watch(path, embedder, std::move(theirs));
      ::_exit(0);
    }
    theirs.close();
    process_ = std::move(ours);
    auto [mine, its] = make_line();
    handle_ = std::move(mine);
    thread_ = std::thread([path, embedder, line = std::move(its)]() mutable { watch(path, embedder, std::move(line)); });
  }
  ~Watchers() {
    handle_.close();
    process_.close();
    thread_.join();
    ::waitpid(child_, nullptr, 0);
  }
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  Line& handle() { return handle_; }
  Line& process() { return process_; }

 private:
  pid_t child_ = -1;
  Line handle_;
  Line process_;
  std::thread thread_;
};

std::string heard(Line& line, std::string_view wanted) {
  auto said = line.receive();
  if (said && said->starts_with(wanted)) return said->substr(wanted.size());
  throw Error(Status(StatusCode::kIo, "a watcher ended: " + said.value_or("without a word")));
}

/// What was measured of one kind of deletion.
struct Times {
  std::vector<double> call, handle, process;
  std::size_t late = 0;

  void heard_gone(Line& line, Nanoseconds returned, std::vector<double>& to) {
    const std::string said = heard(line, "gone ");
    const Nanoseconds ended = std::stoll(said);
    const Nanoseconds last_seen = std::stoll(said.substr(said.find(' ')));
    to.push_back(static_cast<double>(std::max<Nanoseconds>(0, ended - returned)) / 1e6);
    late += last_seen > returned ? 1 : 0;
  }
  [[nodiscard]] Spread spread() const { return {bench::timings_of(call), bench::timings_of(handle), bench::timings_of(process), late}; }
};

class Measurement {
 public:
  Measurement(const PropagationOptions& options, const std::filesystem::path& path)
      : options_(options), watchers_(path, options.embedder),
        store_(Store::open(path, {.embedder = embedder_named(options.embedder)}).value()), scope_(store_.scope(kHome).value()) {
    Batch batch;
    for (std::size_t i = 0; i < options.memories; ++i) batch.put({.text = options.text(i)});
    (void)scope_.write(batch).value();
  }

  Propagation run() {
    Times forgets, erasures;
    std::vector<double> purges, both;
    for (std::size_t i = 0; i < options_.deletions; ++i) {
      if (const Status status = check_interrupt(); !status) throw Error(status);
      one(forgets, 2 * i, [this](const MemoryId& id) { (void)scope_.forget(id).value(); });
      one(erasures, 2 * i + 1, [this](const MemoryId& id) { (void)store_.admin().erase({.ids = {id}}).value(); });
      const bench::Stopwatch watch;
      (void)store_.admin().purge().value();
      purges.push_back(watch.ms());
      both.push_back(purges.back() + erasures.call.back());
      if (options_.on_progress) options_.on_progress(i + 1, options_.deletions);
    }
    return {options_.deletions, forgets.spread(), erasures.spread(), bench::timings_of(purges), bench::timings_of(both)};
  }

 private:
  template <typename Delete>
  void one(Times& times, std::size_t number, Delete remove) {
    const std::string word = fmt::format("zqword{}qv", number);
    const MemoryId id = scope_.put({.text = options_.text(options_.memories + number) + " " + word}).value();
    for (Line* line : {&watchers_.handle(), &watchers_.process()}) line->send(word);
    for (Line* line : {&watchers_.handle(), &watchers_.process()}) (void)heard(*line, "seen");
    const Nanoseconds begun = now();
    remove(id);
    const Nanoseconds returned = now();
    times.call.push_back(static_cast<double>(returned - begun) / 1e6);
    times.heard_gone(watchers_.handle(), returned, times.handle);
    times.heard_gone(watchers_.process(), returned, times.process);
  }

  const PropagationOptions& options_;
  Watchers watchers_;  // before the store is opened: nothing open is carried over
  Store store_;
  Scope scope_;
};

}  // namespace

Result<Propagation> measure_propagation(const PropagationOptions& options) {
  const auto place = TempStore::make("propagation");
  if (!place) return place.status();
  try {
    return Measurement(options, place->path()).run();
  } catch (const Error& error) {
    return error.status();
  }
}

}  // namespace mnemic::cli::negative
