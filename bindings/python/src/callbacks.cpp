// SPDX-License-Identifier: Apache-2.0
#include "callbacks.hpp"

#include "arrays.hpp"
#include "inputs.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace mnemic::python {
namespace {

/// A Python object held by the library, which may drop it on any thread and without the GIL.
class Held {
 public:
  explicit Held(nb::handle object) : object_(object.inc_ref()) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    if (Py_IsInitialized() == 0) return;  // the interpreter is gone, and the object with it
    const Locked gil;
    object_.dec_ref();
  }
  [[nodiscard]] nb::handle get() const { return object_; }

 private:
  nb::handle object_;
};

nb::handle require_callable(nb::handle object, Field field) {
  if (PyCallable_Check(object.ptr()) == 0) raise_type("{}: something to call is due, not {}", field, type_of(object));
  return object;
}

/// Calls what the user gave. A thread that the end of the interpreter meets in there does not come back.
template <typename... Arguments>
nb::object ask(nb::handle callable, const Arguments&... arguments) {
  PyObject* answer = nullptr;
  try {
    answer = PyObject_CallFunctionObjArgs(callable.ptr(), arguments.ptr()..., nullptr);
  } catch (...) {
    stay();
  }
  if (answer == nullptr) throw nb::python_error();
  return nb::steal(answer);
}

/// Runs Python code for the library: what it raises waits for the caller, and `failed` is what the library is told.
template <typename Body>
auto in_python(const char* failed, Body&& body) -> decltype(body()) {
  const Locked gil;
  try {
    return body();
  } catch (nb::python_error& error) {
    keep_raised(std::move(error));
  }
  throw std::runtime_error(failed);
}

nb::list list_of(std::span<const std::string_view> texts) {
  nb::list list;
  for (const std::string_view text : texts) list.append(to_python(text));
  return list;
}

EmbeddingSpace space_of(nb::handle embedder) {
  if (!nb::hasattr(embedder, "embed")) raise_type("embedder: an object with space and embed() is due, not {}", type_of(embedder));
  const nb::object given = embedder.attr("space");
  if (!nb::hasattr(given, "name")) raise_type("embedder.space: a mnemic.EmbeddingSpace is due, not {}", type_of(given));
  EmbeddingSpace space;
  read(given.attr("name"), "embedder.space.name", space.name);
  read(given.attr("version"), "embedder.space.version", space.version);
  read(given.attr("dimension"), "embedder.space.dimension", space.dimension);
  read(given.attr("normalized"), "embedder.space.normalized", space.normalized);
  read(given.attr("query_prefix"), "embedder.space.query_prefix", space.query_prefix);
  read(given.attr("passage_prefix"), "embedder.space.passage_prefix", space.passage_prefix);
  return space;
}

class PythonEmbedder final : public Embedder {
 public:
  explicit PythonEmbedder(nb::handle object) : object_(object), space_(space_of(object)) {
    require_callable(object.attr("embed"), "embedder.embed");
  }
  [[nodiscard]] const EmbeddingSpace& space() const noexcept override { return space_; }

  Status embed(std::span<const std::string_view> texts, EmbedKind kind, std::span<float> out) override {
    return in_python("the embedder raised", [&] {
      const nb::object answer = ask(nb::object(object_.get().attr("embed")), list_of(texts), enum_member("EmbedKind", name_of(kind)));
      take_rows(answer, texts.size(), out);
      return Status();
    });
  }

 private:
  void take_rows(const nb::object& answer, std::size_t count, std::span<float> out) const {
    nb::object rows;
    try {
      rows = nb::module_::import_("numpy").attr("ascontiguousarray")(answer, "float32");
    } catch (nb::python_error& error) {
      if (!error.matches(PyExc_TypeError) && !error.matches(PyExc_ValueError)) throw;
      nb::raise_from(error, PyExc_TypeError, "embedder: embed() gave no array of float32");
    }
    nb::ndarray<nb::ro> array;
    if (!nb::try_cast(rows, array, false) || array.ndim() != 2 || array.shape(0) != count || array.shape(1) != space_.dimension) {
      raise_value("embedder: embed() gave another shape than ({}, {})", count, space_.dimension);
    }
    if (!out.empty()) std::memcpy(out.data(), array.data(), out.size_bytes());
  }

  Held object_;
  EmbeddingSpace space_;
};

class PythonTokenCounter final : public TokenCounter {
 public:
  PythonTokenCounter(nb::handle callable, Field field) : callable_(require_callable(callable, field)), answer_(std::string(field) + ": its answer") {}
  std::size_t count(std::string_view text) override {
    return in_python("the token counter raised", [&] {
      return python::get<std::size_t>(ask(callable_.get(), to_python(text)), Field(answer_));
    });
  }

 private:
  Held callable_;
  std::string answer_;
};

class PythonScreen final : public Screen {
 public:
  explicit PythonScreen(nb::handle callable) : callable_(require_callable(callable, "screen")) {}
  ScreenVerdict check(std::string_view text, std::string_view field) override {
    return in_python("the screen raised", [&] { return verdict_of(ask(callable_.get(), to_python(text), to_python(field))); });
  }

 private:
  static ScreenVerdict verdict_of(const nb::object& answer) {
    using Action = ScreenVerdict::Action;
    if (answer.is_none()) return {};
    ScreenVerdict verdict;
    if (PyUnicode_Check(answer.ptr()) != 0) {
      verdict.action = Action::kReplace;
      read(answer, "screen: its answer", verdict.text);
      return verdict;
    }
    if (!nb::isinstance(answer, nb::module_::import_("mnemic.models").attr("ScreenVerdict"))) {
      raise_type("screen: its answer is None, a str or a mnemic.ScreenVerdict, not {}", type_of(answer));
    }
    const auto action = python::get<std::string>(nb::object(answer.attr("action")), "screen: the action");
    if (action == "replace") verdict.action = Action::kReplace;
    if (action == "quarantine") verdict.action = Action::kQuarantine;
    if (action == "refuse") verdict.action = Action::kRefuse;
    read(nb::object(answer.attr("text")), "screen: the text", verdict.text);
    read(nb::object(answer.attr("reason")), "screen: the reason", verdict.reason);
    return verdict;
  }

  Held callable_;
};

class PythonPlanner final : public Planner {
 public:
  explicit PythonPlanner(nb::handle object) : object_(object) {
    if (!nb::hasattr(object, "plan")) raise_type("planner: an object with plan() is due, not {}", type_of(object));
    require_callable(object.attr("plan"), "planner.plan");
  }
  Result<std::vector<Pass>> plan(const Query& query, std::span<const Hit> hits, std::span<const Pass> made) override {
    return in_python("the planner raised", [&]() -> Result<std::vector<Pass>> {
      const nb::object answer = ask(nb::object(object_.get().attr("plan")), to_python(query.text), copies_of(hits), copies_of(made));
      if (answer.is_none()) return std::vector<Pass>();
      return python::get<std::vector<Pass>>(answer, "planner: its answer");
    });
  }

 private:
  template <typename T>
  static nb::object copies_of(std::span<const T> items) {
    nb::list list;
    for (const T& item : items) list.append(nb::cast(item, nb::rv_policy::copy));
    return list;
  }

  Held object_;
};

class PythonReranker final : public Reranker {
 public:
  explicit PythonReranker(nb::handle object) : object_(object) {
    if (!nb::hasattr(object, "score")) raise_type("reranker: an object with score() is due, not {}", type_of(object));
    require_callable(object.attr("score"), "reranker.score");
  }
  Result<std::vector<double>> score(std::string_view query, std::span<const std::string_view> texts) override {
    return in_python("the reranker raised", [&]() -> Result<std::vector<double>> {
      const nb::object answer = ask(nb::object(object_.get().attr("score")), to_python(query), list_of(texts));
      return python::get<std::vector<double>>(answer, "reranker: its answer");
    });
  }

 private:
  Held object_;
};

class PythonClock final : public Clock {
 public:
  explicit PythonClock(nb::handle callable) : callable_(require_callable(callable, "clock")) {}
  /// The library's clock cannot fail: one that raises is reported, and the system's time is used.
  Timestamp now() noexcept override {
    const Locked gil;
    try {
      return python::get<Timestamp>(ask(callable_.get()), "clock: its answer");
    } catch (nb::python_error& error) {
      error.restore();
      PyErr_WriteUnraisable(callable_.get().ptr());
    } catch (...) {
      PyErr_Clear();
    }
    return system_clock()->now();
  }

 private:
  Held callable_;
};

}  // namespace

std::shared_ptr<Embedder> make_embedder(nb::handle object) { return std::make_shared<PythonEmbedder>(object); }
std::shared_ptr<TokenCounter> make_token_counter(nb::handle callable, Field field) { return std::make_shared<PythonTokenCounter>(callable, field); }
std::shared_ptr<Screen> make_screen(nb::handle callable) { return std::make_shared<PythonScreen>(callable); }
std::shared_ptr<Planner> make_planner(nb::handle object) { return std::make_shared<PythonPlanner>(object); }
std::shared_ptr<Reranker> make_reranker(nb::handle object) { return std::make_shared<PythonReranker>(object); }
std::shared_ptr<Clock> make_clock(nb::handle callable) { return std::make_shared<PythonClock>(callable); }

std::function<void(std::string_view)> make_log(nb::handle callable) {
  auto held = std::make_shared<Held>(require_callable(callable, "log"));
  return [held](std::string_view message) {
    if (Py_IsInitialized() == 0) return;
    const Locked gil;
    try {
      ask(held->get(), to_python(message));
    } catch (nb::python_error& error) {
      error.restore();
      PyErr_WriteUnraisable(held->get().ptr());
    }
  };
}

}  // namespace mnemic::python
