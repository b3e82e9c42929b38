// SPDX-License-Identifier: Apache-2.0
#include "values.hpp"

#include <Python.h>
#include <datetime.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <array>
#include <cmath>
#include <utility>

namespace mnemic::python {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kLongest = 9'000'000'000;  // seconds; the library counts durations in nanoseconds
constexpr Timestamp kFirst = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr Timestamp kLast = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1) - microseconds(1);
constexpr int kDeepest = 128;  // of JSON: the library's own limits are no higher

void import_datetime() {
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  if (PyDateTimeAPI == nullptr) throw nb::python_error();
}

bool is_bool(nb::handle value) { return PyBool_Check(value.ptr()) != 0; }

/// Days since 1970-01-01 of a proleptic Gregorian date, and back.
std::int64_t days_of(int year, unsigned month, unsigned day) {
  using namespace std::chrono;
  return sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)).time_since_epoch().count();
}

/// The microseconds of a timedelta.
std::int64_t micros_of(PyObject* delta) {
  return (std::int64_t{PyDateTime_DELTA_GET_DAYS(delta)} * kSecondsPerDay + PyDateTime_DELTA_GET_SECONDS(delta)) * kMicrosPerSecond +
         PyDateTime_DELTA_GET_MICROSECONDS(delta);
}

bool is_instance_of(nb::handle value, const char* module, const char* type) {
  return nb::isinstance(value, nb::module_::import_(module).attr(type));
}

std::string_view utf8_of(nb::handle value, Field field) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (text == nullptr) {
    PyErr_Clear();
    raise_value("{}: a lone surrogate, which is no Unicode text; decode bytes with errors=\"replace\" first", field);
  }
  return {text, static_cast<std::size_t>(size)};
}

/// Writes Python values as JSON text: keys in their order, integers of any size, floats as Python spells them.
class JsonWriter {
 public:
  /// `as_filter`: datetimes and ids are written as the texts that filters compare.
  JsonWriter(Field field, bool as_filter) : field_(field), as_filter_(as_filter) {}

  std::string text(nb::handle value) {
    write(value, 0);
    return std::move(out_);
  }

 private:
  void write(nb::handle value, int depth) {
    if (depth > kDeepest) raise_value("{}: nested deeper than {} levels (or it holds itself)", field_, kDeepest);
    PyObject* object = value.ptr();
    if (value.is_none()) {
      out_ += "null";
    } else if (is_bool(value)) {
      out_ += object == Py_True ? "true" : "false";
    } else if (PyUnicode_Check(object) != 0) {
      write_string(value);
    } else if (PyLong_Check(object) != 0) {
      write_integer(object);
    } else if (PyFloat_Check(object) != 0) {
      write_float(value);
    } else if (PyDict_Check(object) != 0) {
      write_object(nb::borrow<nb::dict>(value), depth);
    } else if (PyList_Check(object) != 0 || PyTuple_Check(object) != 0) {
      write_array(value, depth);
    } else if (as_filter_ && (PyAnySet_Check(object) != 0)) {
      write_array(nb::list(nb::borrow(value)), depth);
    } else {
      write_other(value, depth);
    }
  }

  void write_string(nb::handle value) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out_ += '"';
    for (const char c : utf8_of(value, field_)) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (c == '\n') {
        out_ += "\\n";
      } else if (byte < 0x20) {
        out_ += "\\u00";
        out_ += kHex[byte >> 4U];
        out_ += kHex[byte & 15U];
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  /// As int itself spells it, whatever its subclass says.
  void write_integer(PyObject* value) {
    PyObject* text = PyLong_Type.tp_repr(value);
    if (text == nullptr) {
      if (PyErr_ExceptionMatches(PyExc_ValueError) == 0) throw nb::python_error();
      PyErr_Clear();
      raise_value("{}: an int of more digits than Python writes out; give it as str", field_);
    }
    out_ += utf8_of(nb::steal(text), field_);
  }

  void write_float(nb::handle value) {
    const double number = PyFloat_AS_DOUBLE(value.ptr());
    if (!std::isfinite(number)) raise_value("{}: a number that is not finite, which JSON has no form for; leave it out or use None", field_);
    char* text = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
    if (text == nullptr) throw nb::python_error();
    out_ += text;
    PyMem_Free(text);
  }

  void write_object(const nb::dict& dict, int depth) {
    out_ += '{';
    bool first = true;
    for (const auto& [key, item] : dict) {
      if (PyUnicode_Check(key.ptr()) == 0) raise_type("{}: keys of JSON objects are str, not {}", field_, type_of(key));
      if (!std::exchange(first, false)) out_ += ',';
      write_string(key);
      out_ += ':';
      write(nb::borrow(item), depth + 1);  // held: an item's own code may take it out
    }
    out_ += '}';
  }

  void write_array(nb::handle items, int depth) {
    out_ += '[';
    bool first = true;
    for (const nb::handle item : nb::borrow<nb::sequence>(items)) {
      if (!std::exchange(first, false)) out_ += ',';
      write(item, depth + 1);
    }
    out_ += ']';
  }

  void write_other(nb::handle value, int depth) {
    import_datetime();
    const bool is_time = PyDateTime_Check(value.ptr()) != 0;
    if (as_filter_ && is_time) {
      out_ += '"' + mnemic::to_string(get<Timestamp>(value, field_)) + '"';
    } else if (as_filter_ && is_instance_of(value, "uuid", "UUID")) {
      out_ += '"' + get<MemoryId>(value, field_).to_string() + '"';
    } else if (is_instance_of(value, "mnemic.enums", "Open")) {
      out_ += "\"open\"";
    } else if (const nb::object dict = as_dict(value); dict.is_valid()) {
      write_object(nb::borrow<nb::dict>(dict), depth);
    } else if (is_time) {
      raise_type("{}: JSON has no datetime; give its isoformat()", field_);
    } else if (nb::hasattr(value, "tolist") && nb::hasattr(value, "dtype")) {
      write(value.attr("tolist")(), depth + 1);  // NumPy scalars and arrays
    } else {
      raise_type("{}: JSON has no {}; use dict, list, str, int, float, bool and None", field_, type_of(value));
    }
  }

  Field field_;
  bool as_filter_;
  std::string out_;
};

template <typename Enum>
using Names = std::initializer_list<std::pair<std::string_view, Enum>>;

template <typename Enum>
void read_name(nb::handle value, Field field, const Names<Enum>& names, Enum& into) {
  const auto name = get<std::string>(value, field);
  std::string known;
  for (const auto& [text, member] : names) {
    if (text == name) {
      into = member;
      return;
    }
    known += known.empty() ? "" : ", ";
    known += text;
  }
  raise_value("{}: not one of {}", field, known);
}

/// With the library's own parser of the name.
template <typename Enum>
void read_parsed(nb::handle value, Field field, Result<Enum> (*parse)(std::string_view), Enum& into) {
  const Result<Enum> parsed = parse(get<std::string>(value, field));
  if (!parsed) raise_value("{}: {}", field, without_name(parsed.status().message()));
  into = *parsed;
}

const Names<Durability> kDurabilities = {{"full", Durability::kFull}, {"relaxed", Durability::kRelaxed}};
const Names<Access> kAccesses = {{"read_write", Access::kReadWrite}, {"read_only", Access::kReadOnly}};
const Names<Reach> kReaches = {{"own", Reach::kOwn}, {"subtree", Reach::kSubtree}, {"granted", Reach::kGranted}};
const Names<Order> kOrders = {{"newest", Order::kNewest}, {"oldest", Order::kOldest}, {"created", Order::kCreated}};
const Names<Direction> kDirections = {{"both", Direction::kBoth}, {"outgoing", Direction::kOutgoing}, {"incoming", Direction::kIncoming}};

template <typename Enum>
std::string_view name_in(const Names<Enum>& names, Enum value) {
  for (const auto& [text, member] : names) {
    if (member == value) return text;
  }
  return "unknown";
}

}  // namespace

void read(nb::handle value, Field field, std::string& into) {
  if (PyUnicode_Check(value.ptr()) == 0) {
    if (PyBytes_Check(value.ptr()) != 0) raise_type("{}: str is due, not bytes; decode it first", field);
    raise_type("{}: str is due, not {}", field, type_of(value));
  }
  into = utf8_of(value, field);
}

void read(nb::handle value, Field field, bool& into) {
  if (!is_bool(value)) raise_type("{}: True or False is due, not {}", field, type_of(value));
  into = value.ptr() == Py_True;
}

void read(nb::handle value, Field field, double& into) {
  const double number = is_bool(value) ? -1.0 : PyFloat_AsDouble(value.ptr());
  if (is_bool(value) || (number == -1.0 && PyErr_Occurred() != nullptr)) {
    const bool too_large = PyErr_ExceptionMatches(PyExc_OverflowError) != 0 && PyErr_Occurred() != nullptr;
    PyErr_Clear();
    if (too_large) raise_value("{}: too large a number", field);
    raise_type("{}: a number is due, not {}", field, type_of(value));
  }
  into = number;
}

void read(nb::handle value, Field field, std::size_t& into) {
  if (is_bool(value) || PyIndex_Check(value.ptr()) == 0) raise_type("{}: int is due, not {}", field, type_of(value));
  const nb::object number = nb::steal<nb::object>(PyNumber_Index(value.ptr()));
  if (!number.is_valid()) throw nb::python_error();
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
  if (overflow < 0 || (overflow == 0 && small < 0)) raise_value("{}: not a count: it is negative", field);
  if (overflow > 0) raise_value("{}: too large a number", field);
  into = static_cast<std::size_t>(small);
}

template <typename Duration>
void read_duration(nb::handle value, Field field, Duration& into) {
  import_datetime();
  const bool is_delta = PyDelta_Check(value.ptr()) != 0;
  const double seconds = is_delta ? static_cast<double>(PyDateTime_DELTA_GET_DAYS(value.ptr())) * kSecondsPerDay : get<double>(value, field);
  if (!(std::abs(seconds) <= kLongest)) raise_value("{}: not a duration of at most {} seconds", field, kLongest);
  into = is_delta ? std::chrono::floor<Duration>(microseconds(micros_of(value.ptr())))
                  : Duration(std::llround(seconds * static_cast<double>(Duration::period::den)));
}

void read(nb::handle value, Field field, std::chrono::milliseconds& into) { read_duration(value, field, into); }
void read(nb::handle value, Field field, std::chrono::microseconds& into) { read_duration(value, field, into); }
void read(nb::handle value, Field field, std::chrono::seconds& into) {
  const auto given = get<microseconds>(value, field);
  into = std::chrono::floor<std::chrono::seconds>(given);
  if (into != given) raise_value("{}: whole seconds are due", field);
}

void read(nb::handle value, Field field, Timestamp& into) {
  import_datetime();
  PyObject* time = value.ptr();
  if (PyDateTime_Check(time) == 0) {
    if (is_instance_of(value, "mnemic.enums", "Open")) {
      into = kOpenEnd;
      return;
    }
    raise_type("{}: an aware datetime is due, not {}", field, type_of(value));
  }
  const nb::object offset = value.attr("utcoffset")();
  if (offset.is_none()) {
    raise_value("{}: a naive datetime names no moment; give it a zone, as in datetime.now(timezone.utc) or "
                "datetime(2026, 5, 8, tzinfo=ZoneInfo(\"Europe/Lisbon\"))", field);
  }
  const std::int64_t days = days_of(PyDateTime_GET_YEAR(time), static_cast<unsigned>(PyDateTime_GET_MONTH(time)),
                                    static_cast<unsigned>(PyDateTime_GET_DAY(time)));
  const std::int64_t seconds = days * kSecondsPerDay + PyDateTime_DATE_GET_HOUR(time) * 3600 +
                               PyDateTime_DATE_GET_MINUTE(time) * 60 + PyDateTime_DATE_GET_SECOND(time);
  into = Timestamp(microseconds(seconds * kMicrosPerSecond + PyDateTime_DATE_GET_MICROSECOND(time) - micros_of(offset.ptr())));
  if (into < kFirst || into > kLast) raise_value("{}: in UTC it is outside the years 1 to 9999", field);
}

void read(nb::handle value, Field field, MemoryId& into) {
  if (PyUnicode_Check(value.ptr()) == 0 && !is_instance_of(value, "uuid", "UUID")) {
    if (nb::hasattr(value, "id") && PyUnicode_Check(nb::object(value.attr("id")).ptr()) != 0) {
      raise_type("{}: an id is due, not {}; give its .id", field, type_of(value));
    }
    raise_type("{}: the id of a memory (str) is due, not {}", field, type_of(value));
  }
  const Result<MemoryId> id = MemoryId::parse(get<std::string>(nb::str(value), field));
  if (!id) raise_value("{}: {}", field, without_name(id.status().message()));
  into = *id;
}

void read(nb::handle value, Field field, Namespace& into) {
  if (PyUnicode_Check(value.ptr()) != 0) raise_type("{}: a sequence of str is due, one for each segment; split the text first", field);
  into = Namespace(get<std::vector<std::string>>(value, field));
}

void read(nb::handle value, Field field, Json& into) {
  const bool is_text = PyUnicode_CheckExact(value.ptr()) == 0 && PyUnicode_Check(value.ptr()) != 0 && is_instance_of(value, "mnemic.inputs", "JsonText");
  const std::string text = is_text ? std::string(utf8_of(value, field)) : JsonWriter(field, false).text(value);
  Result<Json> json = Json::parse(text, kDeepest + 1);
  if (!json) raise_value("{}: {}", field, without_name(json.status().message()));
  into = *std::move(json);
}

void read(nb::handle value, Field field, Filter& into) {
  if (!as_dict(value).is_valid()) {
    raise_type("{}: a dict such as {{\"tags\": \"food\"}} is due, not {}", field, type_of(value));
  }
  const Result<Json> json = Json::parse(JsonWriter(field, true).text(value), kDeepest + 1);
  if (!json) raise_value("{}: {}", field, without_name(json.status().message()));
  Result<Filter> filter = Filter::from_json(*json);
  if (!filter) raise_value("{}: {}", field, without_name(filter.status().message()));
  into = *std::move(filter);
}

void read(nb::handle value, Field field, Layer& into) { read_parsed(value, field, &parse_layer, into); }
void read(nb::handle value, Field field, Depth& into) { read_parsed(value, field, &parse_depth, into); }
void read(nb::handle value, Field field, Trust& into) { read_parsed(value, field, &parse_trust, into); }
void read(nb::handle value, Field field, State& into) { read_parsed(value, field, &parse_state, into); }
void read(nb::handle value, Field field, Outcome& into) { read_parsed(value, field, &parse_outcome, into); }
void read(nb::handle value, Field field, Cardinality& into) { read_parsed(value, field, &parse_cardinality, into); }
void read(nb::handle value, Field field, FactKind& into) { read_parsed(value, field, &parse_fact_kind, into); }
void read(nb::handle value, Field field, Durability& into) { read_name(value, field, kDurabilities, into); }
void read(nb::handle value, Field field, Access& into) { read_name(value, field, kAccesses, into); }
void read(nb::handle value, Field field, Reach& into) { read_name(value, field, kReaches, into); }
void read(nb::handle value, Field field, Order& into) { read_name(value, field, kOrders, into); }
void read(nb::handle value, Field field, Direction& into) { read_name(value, field, kDirections, into); }

nb::object as_dict(nb::handle value) {
  if (PyDict_Check(value.ptr()) != 0) return nb::borrow(value);
  if (!is_instance_of(value, "collections.abc", "Mapping")) return {};
  return nb::module_::import_("builtins").attr("dict")(value);
}

nb::list items_of(nb::handle value, Field field) {
  PyObject* object = value.ptr();
  const bool scalar = PyUnicode_Check(object) != 0 || PyBytes_Check(object) != 0 || PyDict_Check(object) != 0;
  if (!scalar) {
    if (PyObject* list = PySequence_List(object)) return nb::steal<nb::list>(list);
    if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) throw nb::python_error();
    PyErr_Clear();
  }
  raise_type("{}: a list is due, not {}", field, type_of(value));
}

nb::object to_python(std::string_view text) {
  PyObject* object = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
  if (object == nullptr) throw nb::python_error();
  return nb::steal(object);
}

nb::object to_python(Timestamp time) {
  using namespace std::chrono;
  if (time == kOpenEnd) return nb::module_::import_("mnemic.enums").attr("OPEN");
  import_datetime();
  const auto day = floor<days>(time);
  const year_month_day date(day);
  if (time < kFirst || time > kLast) {
    PyErr_SetString(PyExc_OverflowError, "a time outside the years 1 to 9999, which datetime cannot hold");
    throw nb::python_error();
  }
  const hh_mm_ss clock(time - day);
  PyObject* object = PyDateTimeAPI->DateTime_FromDateAndTime(
      static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())), static_cast<int>(static_cast<unsigned>(date.day())),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()), PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType);
  if (object == nullptr) throw nb::python_error();
  return nb::steal(object);
}

nb::object to_python(const MemoryId& id) { return to_python(id.to_string()); }

nb::object to_python(const Namespace& name) { return text_tuple(name.segments()); }

nb::object to_python(std::chrono::microseconds duration) {
  import_datetime();
  const auto days = std::chrono::floor<std::chrono::days>(duration);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration - days);
  const microseconds rest = duration - days - seconds;
  PyObject* object = PyDelta_FromDSU(static_cast<int>(days.count()), static_cast<int>(seconds.count()), static_cast<int>(rest.count()));
  if (object == nullptr) throw nb::python_error();
  return nb::steal(object);
}

nb::object to_python(const Json& json) {
  if (json.is_null()) return nb::none();
  return nb::module_::import_("json").attr("loads")(to_python(json.dump()));
}

nb::object enum_member(const char* type, std::string_view name) {
  return nb::module_::import_("mnemic.enums").attr(type)(to_python(name));
}

std::string_view name_of(EmbedKind kind) { return kind == EmbedKind::kQuery ? "query" : "passage"; }
std::string_view name_of(Access access) { return name_in(kAccesses, access); }
std::string_view name_of(Reach reach) { return name_in(kReaches, reach); }

}  // namespace mnemic::python
