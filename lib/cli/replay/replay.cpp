// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/replay.hpp"

#include "cli/console.hpp"
#include "cli/hand_clock.hpp"
#include "cli/json_fields.hpp"
#include "cli/jsonl_reader.hpp"
#include "cli/store_arguments.hpp"

#include <mnemic/layers/facts.hpp>
#include <mnemic/layers/session.hpp>
#include <mnemic/store.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace mnemic::cli {
namespace {

constexpr std::size_t kTold = 100;
const Timestamp kStart = parse_time("2026-01-01").value();  // until a line says another

[[noreturn]] void refuse(std::string_view field, std::string_view what) { throw Error(wrong_field(field, what)); }
void require(const Status& status) {
  if (!status) throw Error(status);
}

std::chrono::microseconds duration_of(std::string_view field, const std::string& text) {
  constexpr std::array<std::pair<char, std::chrono::seconds>, 5> kUnits{{{'s', std::chrono::seconds(1)},
                                                                        {'m', std::chrono::minutes(1)},
                                                                        {'h', std::chrono::hours(1)},
                                                                        {'d', std::chrono::hours(24)},
                                                                        {'w', std::chrono::hours(24 * 7)}}};
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  for (const auto& [unit, length] : kUnits) {
    if (error == std::errc() && text.data() + text.size() == end + 1 && *end == unit) return number * std::chrono::microseconds(length);
  }
  refuse(field, "a number and one of s m h d w");
}

/// One line, taken apart as it is read.
class Line {
 public:
  explicit Line(const Json& json) : fields_(json) {}

  std::string text(std::string_view name, std::string value = {}) {
    require(fields_.to(name, value));
    return value;
  }
  std::string required(std::string_view name) {
    std::string value = text(name);
    if (value.empty()) refuse(name, "a string");
    return value;
  }
  std::optional<Timestamp> time(std::string_view name) {
    std::optional<Timestamp> value;
    require(fields_.to(name, value));
    return value;
  }
  std::optional<std::chrono::microseconds> duration(std::string_view name) {
    const std::string value = text(name);
    return value.empty() ? std::nullopt : std::optional(duration_of(name, value));
  }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> values;
    require(fields_.with(name, [&](const Json& value) {
      if (value.is_string()) values = {value.as_string()};
      if (!value.is_string() && !value.is_array()) return wrong_field(name, "a string or a list of strings");
      for (const Json& item : value.items()) {
        if (!item.is_string()) return wrong_field(name, "a string or a list of strings");
        values.push_back(item.as_string());
      }
      return Status();
    }));
    return values;
  }
  std::optional<std::size_t> count(std::string_view name) {
    std::optional<std::size_t> number;
    require(fields_.with(name, [&](const Json& value) {
      if (value.type() != Json::Type::kInteger || value.as_integer() < 0) return wrong_field(name, "a whole number");
      number = static_cast<std::size_t>(value.as_integer());
      return Status();
    }));
    return number;
  }
  bool flag(std::string_view name) {
    bool value = false;
    require(fields_.to(name, value));
    return value;
  }
  Filter where() {
    const Json json = fields_.take("where");
    if (json.is_null()) return {};
    const auto filter = Filter::from_json(json);
    require(in_field("where", filter.status()));
    return *filter;
  }
  template <typename T>
  std::optional<T> name(std::string_view name, Result<T> (*parse)(std::string_view)) {
    std::optional<T> value;
    require(fields_.name_to(name, parse, value));
    return value;
  }
  void end(std::string_view known) const { require(fields_.refuse_rest(known)); }

 private:
  Fields fields_;
};

class Replay {
 public:
  Replay(const std::filesystem::path& history, const ReplayOptions& options) : options_(options), reader_(open(history)) {}

  ReplayReport run() {
    std::string text;
    for (;;) {
      const auto more = reader_.next(text);
      if (!more) throw Error(more.status());
      if (!*more) break;
      require(check_interrupt());
      ++report_.lines;
      try {
        const auto json = Json::parse(text);
        require(json.status());
        play(*json);
      } catch (const Error& error) {
        throw Error(at(reader_.where(), error.status()));
      }
      if (options_.on_progress) options_.on_progress(reader_.bytes_read(), reader_.bytes_total());
    }
    report_.sessions = sessions_.size();
    return report_;
  }

 private:
  struct Operation {
    std::string_view name;
    void (Replay::*run)(Line&);
    std::string_view fields;
  };
  static const std::vector<Operation>& operations();

  static LineReader open(const std::filesystem::path& history) {
    auto reader = LineReader::open(history);
    if (!reader) throw Error(reader.status());
    return *std::move(reader);
  }

  // Every line ------------------------------------------------------------------------------------------------------------------

  void play(const Json& json) {
    if (!json.is_object()) throw Error(Status(StatusCode::kInvalidArgument, "expected an object"));
    Line line(json);
    op_ = line.required("op");
    (void)line.text("note");
    if (const auto time = line.time("at")) {
      if (*time < clock_->now()) refuse("at", "a time not before that of the lines above");
      clock_->set(*time);
    }
    if (const std::string name = line.text("scope"); !name.empty()) {
      const auto parsed = Namespace::parse(name);
      require(in_field("scope", parsed.status()));
      scope_name_ = *parsed;
    }
    session_ = line.text("session", session_);
    const std::string fails = line.text("fails");
    for (const Operation& operation : operations()) {
      if (operation.name != op_) continue;
      if (!fails.empty()) return expect_failure(operation, line, fails);
      (this->*operation.run)(line);
      line.end(operation.fields);
      return;
    }
    std::string known;
    for (const Operation& operation : operations()) known += fmt::format(" {}", operation.name);
    refuse("op", "one of" + known);
  }

  void expect_failure(const Operation& operation, Line& line, const std::string& wanted) {
    std::string got = "kOk";
    try {
      (this->*operation.run)(line);
    } catch (const Error& error) {
      got = to_string(error.status().code());
    }
    expect(got == wanted, report_.missing, fmt::format("answered {} instead of {}", got, wanted));
  }

  // What is done ----------------------------------------------------------------------------------------------------------------

  void configure(Line& line) {
    if (store_) refuse("op", "store before anything else");
    options_of_store_.erasure_key = line.text("erasure_key");
    options_of_store_.time_zone = line.text("time_zone", "UTC");
    options_of_store_.language = line.text("language", "english");
  }

  const Store& store() {
    if (store_) return *store_;
    if (std::error_code error; !opened_ && std::filesystem::exists(options_.store, error)) {
      throw Error(Status(StatusCode::kAlreadyExists, "store: a history begins with an empty one"));
    }
    Options options = options_of_store_;
    options.clock = clock_;
    options.random = seeded_random(++opened_);
    options.embedder = embedder_named(options_.embedder);
    options.durability = Durability::kRelaxed;
    auto opened = Store::open(options_.store, options);
    if (!opened) throw Error(opened.status());
    return store_.emplace(*std::move(opened));
  }
  Scope scope(Line& line) {
    ScopeOptions options;
    if (line.flag("subtree")) options.reach = Reach::kSubtree;
    if (line.flag("granted")) options.reach = Reach::kGranted;
    return store().scope(scope_name_, options).value();
  }
  Scope scope() { return store().scope(scope_name_).value(); }

  void call(Line& line, const MemoryId& id) {
    if (const std::string name = line.text("name"); !name.empty()) ids_[name] = id;
  }
  MemoryId named(const std::string& name) const {
    const auto found = ids_.find(name);
    if (found == ids_.end()) throw Error(Status(StatusCode::kInvalidArgument, "no line above has the name \"" + name + "\""));
    return found->second;
  }
  std::vector<MemoryId> all_named(Line& line, std::string_view field) {
    std::vector<MemoryId> ids;
    for (const std::string& name : line.texts(field)) ids.push_back(named(name));
    return ids;
  }
  MemoryId one_named(Line& line) { return named(line.required("of")); }
  std::optional<Timestamp> expiry(Line& line) {
    const auto life = line.duration("expires_in");
    return life ? std::optional(clock_->now() + *life) : line.time("expires_at");
  }

  void append(Line& line) {
    if (session_.empty()) refuse("session", "a string, on this line or one above");
    sessions_.insert(scope_name_.to_string() + "\n" + session_);
    const Turn turn{.author = line.text("author", "user"), .text = line.required("text")};
    call(line, scope().session(session_).append(turn).value());
  }
  void put(Line& line) {
    MemoryInput input;
    input.text = line.required("text");
    input.key = line.text("key");
    input.layer = line.name("layer", parse_layer).value_or(input.layer);
    input.state = line.name("state", parse_state).value_or(input.state);
    input.user = line.text("user");
    input.tags = line.texts("tags");
    input.pinned = line.flag("pinned");
    input.expires_at = expiry(line);
    for (const MemoryId& source : all_named(line, "sources")) input.relations.push_back({"derived_from", source, {}});
    call(line, scope().put(input).value());
  }
  void update(Line& line) {
    MemoryChange change;
    const MemoryId id = one_named(line);
    if (const std::string text = line.text("text"); !text.empty()) change.text = text;
    change.state = line.name("state", parse_state);
    if (const auto expires = expiry(line)) change.expires_at = std::optional<std::optional<Timestamp>>(expires);
    if (const auto tags = line.texts("tags"); !tags.empty()) change.tags = tags;
    (void)scope().update(id, change).value();
  }
  void fact(Line& line) {
    FactInput input;
    input.subject = line.required("subject");
    input.attribute = line.required("attribute");
    input.value = line.required("value");
    input.text = line.text("text");
    input.since = line.time("since");
    input.until = line.time("until");
    input.state = line.name("state", parse_state).value_or(input.state);
    input.cardinality = line.name("cardinality", parse_cardinality);
    input.sources = all_named(line, "sources");
    call(line, scope().facts().assert_fact(input).value().id);
  }
  void retract(Line& line) { (void)scope().facts().retract(one_named(line), line.time("on")).value(); }
  void confirm(Line& line) { (void)scope().facts().confirm(one_named(line)).value(); }
  void reject(Line& line) { (void)scope().facts().reject(one_named(line)).value(); }
  void relate(Line& line) { require(scope().relate(one_named(line), line.required("type"), named(line.required("to")))); }

  void forget(Line& line) {
    const auto ids = all_named(line, "of");
    const Filter where = line.where();
    if (ids.empty() && where.matches_everything()) refuse("of", "a name, or `where`");
    for (const MemoryId& id : ids) (void)scope().forget(id).value();
    if (ids.empty()) (void)scope().forget(where).value();
  }
  void pop(Line& line) { (void)scope().session(session_).pop(line.count("count").value_or(1)).value(); }
  void recover(Line& line) {
    for (const MemoryId& id : all_named(line, "of")) (void)scope().recover(id).value();
  }
  void erase(Line& line) {
    EraseSelection selection;
    selection.ids = all_named(line, "of");
    selection.user = line.text("user");
    selection.author = line.text("author");
    selection.session = line.text("of_session");
    selection.where = line.where();
    (void)store().admin().erase(selection, {.reason = line.text("reason")}).value();
  }
  void purge(Line&) { (void)store().admin().purge().value(); }
  void maintain(Line&) {
    while (store().maintain({.items = 1000}).value().done > 0) require(check_interrupt());
  }
  void reopen(Line&) { store_.reset(); }
  void advance(Line& line) { clock_->advance(duration_of("by", line.required("by"))); }
  void grant(Line& line) { require(store().admin().grant(namespace_in(line, "to"), scope_name_)); }
  void revoke(Line& line) { require(store().admin().revoke(namespace_in(line, "to"), scope_name_)); }
  static Namespace namespace_in(Line& line, std::string_view field) {
    const auto parsed = Namespace::parse(line.required(field));
    require(in_field(field, parsed.status()));
    return *parsed;
  }
  void mark(Line& line) { marks_[line.required("name")] = store().stats().value().seq; }

  // What is expected ------------------------------------------------------------------------------------------------------------

  void expect(bool met, std::size_t& otherwise, std::string what) {
    ++report_.expectations;
    if (met) {
      ++report_.met;
      return;
    }
    ++otherwise;
    if (report_.unmet.size() < kTold) report_.unmet.push_back({reader_.number(), op_, std::move(what)});
  }

  /// `has`, `has_not` and `count` of an answer.
  void judge(Line& line, const std::vector<std::string>& answer, const std::string& besides = {}) {
    const auto stands = [&](const std::string& text) {
      for (const std::string& one : answer) {
        if (one.find(text) != std::string::npos) return true;
      }
      return false;
    };
    const auto has = line.texts("has");
    const auto has_not = line.texts("has_not");
    const auto count = line.count("count");
    if (has.empty() && has_not.empty() && !count) refuse("has", "something that is expected: has, has_not or count");
    for (const std::string& text : has) expect(stands(text), report_.missing, fmt::format("has not \"{}\"", text));
    for (const std::string& text : has_not) {
      const bool stale = stands(text) || besides.find(text) != std::string::npos;
      expect(!stale, report_.stale, fmt::format("has \"{}\"", text));
    }
    if (!count) return;
    std::size_t& otherwise = answer.size() > *count ? report_.stale : report_.missing;
    expect(answer.size() == *count, otherwise, fmt::format("{} instead of {}", answer.size(), *count));
  }

  template <typename Memories>
  static std::vector<std::string> texts_of(const Memories& memories) {
    std::vector<std::string> texts;
    for (const Memory& memory : memories) texts.push_back(memory.text);
    return texts;
  }

  void recall(Line& line) {
    RecallOptions options;
    options.k = line.count("k").value_or(options.k);
    options.valid_at = line.time("valid_at");
    options.exact = line.flag("exact");
    options.depth = line.name("depth", parse_depth).value_or(options.depth);
    if (const std::string name = line.text("as_of"); !name.empty()) {
      const auto found = marks_.find(name);
      if (found == marks_.end()) refuse("as_of", "the name of a mark above");
      options.as_of = found->second;
    }
    const Query query{.text = line.required("text"), .where = line.where()};
    const RecallResult result = scope(line).recall(query, options).value();
    std::vector<std::string> texts;
    for (const Hit& hit : result.hits) texts.push_back(hit.memory.text);
    judge(line, texts, result.context());
  }
  void list(Line& line) {
    const Filter where = line.where();
    judge(line, texts_of(scope(line).list({.where = where, .limit = Limits{}.k}).value()));
  }
  void facts(Line& line) {
    const std::string subject = line.required("subject");
    std::vector<std::string> texts;
    for (const Fact& fact : scope(line).facts().about(subject, {.at = line.time("valid_at"), .attribute = line.text("attribute")}).value()) {
      texts.push_back(fmt::format("{} {} {}", fact.subject, fact.attribute, fact.value));
    }
    judge(line, texts);
  }
  void window(Line& line) { judge(line, texts_of(scope().session(session_).window({.max_tokens = 1'000'000}).value())); }
  void get(Line& line) { judge(line, {scope(line).get(one_named(line)).value().text}); }

  const ReplayOptions& options_;
  LineReader reader_;
  std::shared_ptr<HandClock> clock_ = std::make_shared<HandClock>(kStart);
  Options options_of_store_;
  std::optional<Store> store_;
  std::uint64_t opened_ = 0;
  Namespace scope_name_{"replay"};
  std::string session_;
  std::string op_;
  std::map<std::string, MemoryId> ids_;
  std::map<std::string, Seq> marks_;
  std::set<std::string> sessions_;
  ReplayReport report_;
};

const std::vector<Replay::Operation>& Replay::operations() {
  static const std::vector<Operation> kOperations{
      {"store", &Replay::configure, "erasure_key time_zone language"},
      {"append", &Replay::append, "text author name"},
      {"put", &Replay::put, "text key layer state user tags pinned expires_in expires_at sources name"},
      {"update", &Replay::update, "of text state expires_in expires_at tags"},
      {"fact", &Replay::fact, "subject attribute value text since until state cardinality sources name"},
      {"retract", &Replay::retract, "of on"},
      {"confirm", &Replay::confirm, "of"},
      {"reject", &Replay::reject, "of"},
      {"relate", &Replay::relate, "of type to"},
      {"forget", &Replay::forget, "of where"},
      {"pop", &Replay::pop, "count"},
      {"recover", &Replay::recover, "of"},
      {"erase", &Replay::erase, "of user author of_session where reason"},
      {"purge", &Replay::purge, ""},
      {"maintain", &Replay::maintain, ""},
      {"reopen", &Replay::reopen, ""},
      {"advance", &Replay::advance, "by"},
      {"grant", &Replay::grant, "to"},
      {"revoke", &Replay::revoke, "to"},
      {"mark", &Replay::mark, "name"},
      {"recall", &Replay::recall, "text k where valid_at exact depth as_of subtree granted has has_not count"},
      {"list", &Replay::list, "where subtree granted has has_not count"},
      {"facts", &Replay::facts, "subject attribute valid_at subtree granted has has_not count"},
      {"window", &Replay::window, "has has_not count"},
      {"get", &Replay::get, "of subtree granted has has_not count"},
  };
  return kOperations;
}

}  // namespace

Result<ReplayReport> replay(const std::filesystem::path& history, const ReplayOptions& options) {
  try {
    return Replay(history, options).run();
  } catch (const Error& error) {
    return error.status();
  }
}

}  // namespace mnemic::cli
