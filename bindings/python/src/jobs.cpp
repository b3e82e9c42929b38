// SPDX-License-Identifier: Apache-2.0
// Jobs, and handlers in Python. What mnemic.jobs and mnemic.store call.
#include "bind.hpp"
#include "casters.hpp"
#include "inputs.hpp"
#include "store_handle.hpp"

#include <nanobind/stl/string.h>

#include <limits>
#include <optional>

namespace mnemic::python {

void read(nb::handle value, Field field, JobState& into) {
  const auto state = parse_job_state(get<std::string>(value, field));
  if (!state) raise_value("{}: {}", field, without_name(state.status().message()));
  into = *state;
}

/// An int that fits the library's priority, no bool.
void read(nb::handle value, Field field, std::int32_t& into) {
  if (PyBool_Check(value.ptr()) != 0 || PyIndex_Check(value.ptr()) == 0) raise_type("{}: int is due, not {}", field, type_of(value));
  const nb::object number = nb::steal<nb::object>(PyNumber_Index(value.ptr()));
  if (!number.is_valid()) throw nb::python_error();
  int overflow = 0;
  const long long wide = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
  if (overflow != 0 || wide < std::numeric_limits<std::int32_t>::min() || wide > std::numeric_limits<std::int32_t>::max()) {
    raise_value("{}: not in 32 bits", field);
  }
  into = static_cast<std::int32_t>(wide);
}

void read(nb::handle value, Field field, JobInput& into) {
  Fields fields(value, std::string(field));
  std::size_t attempts = into.max_attempts;
  fields.take("kind", into.kind);
  fields.take("namespace", into.name_space);
  fields.take("payload", into.payload);
  fields.take("not_before", into.not_before);
  fields.take("priority", into.priority);
  fields.take("key", into.key);
  fields.take("trace", into.trace);
  fields.take("max_attempts", attempts);
  fields.finish();
  into.max_attempts = static_cast<std::uint32_t>(std::min<std::size_t>(attempts, std::numeric_limits<std::uint32_t>::max()));
}

void read(nb::handle value, Field field, JobListOptions& into) {
  Fields fields(value, std::string(field));
  std::size_t after = 0;
  fields.take("state", into.state);
  fields.take("kind", into.kind);
  fields.take("namespace", into.name_space);
  fields.take("limit", into.limit);
  fields.take("after", after);
  fields.finish();
  into.after = after;
}

void read(nb::handle value, Field field, Budget& into) {
  Fields fields(value, std::string(field));
  fields.take("time", into.time);
  fields.take("items", into.items);
  fields.take("memory_bytes", into.memory_bytes);
  fields.take("lease", into.lease);
  fields.finish();
}

namespace {

JobId id_of(nb::handle id) { return get<std::size_t>(id, "id"); }

/// What a handler holds; good for nothing once it has returned.
struct ContextHandle {
  JobContext* context = nullptr;

  [[nodiscard]] JobContext& require() const {
    if (context == nullptr) {
      PyErr_SetString(PyExc_RuntimeError, "the job is over");
      throw nb::python_error();
    }
    return *context;
  }
};

/// "ValueError: no such tool"
std::string reason_of(const nb::python_error& error) {
  std::string reason = reinterpret_cast<PyTypeObject*>(error.type().ptr())->tp_name;
  try {
    reason += ": " + nb::cast<std::string>(nb::str(error.value()));
  } catch (...) {  // an exception that cannot be printed
    PyErr_Clear();
  }
  return reason;
}

bool is_a(const nb::python_error& error, const char* name) {
  return error.matches(nb::object(nb::module_::import_("mnemic.errors").attr(name)));
}

/// A failed attempt; or, of what is no Exception (Ctrl-C, the end of the process), the end of the slice: `passing` then has it.
Status status_of(nb::python_error& error, std::optional<nb::python_error>& passing) {
  if (!error.matches(PyExc_Exception)) {
    passing.emplace(std::move(error));
    return {StatusCode::kCancelled, "interrupted"};
  }
  const std::string reason = reason_of(error);
  if (error.matches(PyExc_MemoryError) || is_a(error, "ResourceExhausted")) return {StatusCode::kResourceExhausted, reason};
  if (is_a(error, "Cancelled")) return {StatusCode::kCancelled, reason};
  return {StatusCode::kInternal, reason};
}

Status call(nb::handle handler, const Job& job, JobContext& context, std::optional<nb::python_error>& passing) {
  const Locked gil;
  nb::object handle;
  Status status;
  try {
    handle = nb::cast(ContextHandle{&context});
    const nb::object copy = nb::cast(job);
    PyObject* answer = nullptr;
    try {
      answer = PyObject_CallFunctionObjArgs(handler.ptr(), copy.ptr(), handle.ptr(), nullptr);
    } catch (...) {  // the end of the interpreter met the thread in there
      stay();
    }
    if (answer == nullptr) throw nb::python_error();
    (void)nb::steal(answer);
  } catch (nb::python_error& error) {
    status = status_of(error, passing);
  }
  if (handle.is_valid()) nb::cast<ContextHandle&>(handle).context = nullptr;
  return status;
}

MaintainReport maintain(StoreHandle& self, nb::handle fields, nb::dict given) {
  const auto budget = get<Budget>(fields, "");
  JobHandlers handlers;
  std::optional<nb::python_error> passing;
  for (const auto& [kind, handler] : given) {  // `given` keeps them alive
    if (PyCallable_Check(handler.ptr()) == 0) raise_type("handlers: something to call is due, not {}", type_of(handler));
    handlers.emplace(get<std::string>(kind, "handlers: a kind"), [handler = handler, &passing](const Job& job, JobContext& context) {
      return call(handler, job, context, passing);
    });
  }
  // An interrupt goes first, also when the slice failed after it.
  std::optional<MaintainReport> report;
  try {
    report = run([&] { return self.store.maintain(budget, handlers); });
  } catch (nb::python_error&) {
    if (!passing) throw;
  }
  if (passing) {
    nb::python_error error = *std::move(passing);
    passing.reset();
    throw error;
  }
  return *report;
}

void add_operations(const ContextHandle& self, const Batch& batch) {
  Batch& into = self.require().batch();
  if (into.empty()) {
    into = batch;
    return;
  }
  PyErr_SetString(PyExc_RuntimeError, "the job has its batch already");
  throw nb::python_error();
}

}  // namespace

void bind_jobs(nb::module_& m) {
  nb::class_<Job>(m, "Job", "A durable job.")
      .def_ro("id", &Job::id, "Its number: store-wide, ascending, never used again.")
      .def_prop_ro("state", [](const Job& job) { return enum_member("JobState", mnemic::to_string(job.state)); },
                   nb::for_getter(nb::sig("def state(self) -> mnemic.enums.JobState")), "Where it stands.")
      .def_ro("kind", &Job::kind, "Who does it.")
      .def_ro("namespace", &Job::name_space, "For whom.")
      .def_ro("payload", &Job::payload, "What the handler needs.")
      .def_ro("not_before", &Job::not_before, "When it is due.")
      .def_ro("priority", &Job::priority, "Within its namespace higher ones go first.")
      .def_ro("key", &Job::key, "Its idempotency key; \"\" for none.")
      .def_ro("trace", &Job::trace, "A trace id.")
      .def_ro("attempts", &Job::attempts, "Begun, the one under way included; cancelled ones and escalations do not count.")
      .def_ro("max_attempts", &Job::max_attempts, "After so many it is dead.")
      .def_ro("escalations", &Job::escalations, "How often it broke its memory cap since it was enqueued or retried.")
      .def_ro("error", &Job::error, "Why the last attempt that failed did; \"\" when none did.")
      .def_ro("created_at", &Job::created_at, "When it was enqueued.")
      .def_ro("lease_until", &Job::lease_until, "Until when somebody works on it.")
      .def("to_dict", [](const Job& job) { return json_dict(to_json(job)); }, nb::sig(kToDict),
           "As JSON values: times in RFC 3339, empty and unset fields left out.")
      .def("__repr__", [](const Job& job) { return fmt::format("<Job {} {}, {}>", job.id, job.kind, mnemic::to_string(job.state)); });

  nb::class_<MaintainReport>(m, "MaintainReport", "What a slice did, and what is left.")
      .def_ro("done", &MaintainReport::done, "Jobs done.")
      .def_ro("failed", &MaintainReport::failed, "Attempts that failed; their jobs wait for another.")
      .def_ro("parked", &MaintainReport::parked, "Jobs that became dead.")
      .def_ro("escalated", &MaintainReport::escalated, "Attempts that broke their memory cap; run again with half of it.")
      .def_ro("lost", &MaintainReport::lost, "Attempts whose lease somebody else had taken: nothing of them was written.")
      .def_ro("stopped", &MaintainReport::stopped, "Whether a handler raised Cancelled.")
      .def_ro("remaining", &MaintainReport::remaining, "Jobs that are due, of the kinds that had a handler.")
      .def_ro("lag", &MaintainReport::lag, "How long the one of them that has been due longest has been.")
      .def_ro("next_in", &MaintainReport::next_in, "Until the next one is due, when none remains.")
      .def("to_dict", [](const MaintainReport& r) { return json_dict(to_json(r)); }, nb::sig(kToDict),
           "As JSON values; durations in milliseconds.")
      .def("__repr__", [](const MaintainReport& r) { return fmt::format("<MaintainReport {} done, {} remaining>", r.done, r.remaining); });

  nb::class_<ContextHandle>(m, "_JobContext")
      .def_prop_ro("attempt", [](const ContextHandle& self) { return self.require().attempt(); })
      .def_prop_ro("memory_bytes", [](const ContextHandle& self) { return self.require().memory_bytes(); })
      .def_prop_ro("deadline", [](const ContextHandle& self) { return self.require().deadline(); })
      .def_prop_ro("scope", [](const ContextHandle& self) { return Scope(self.require().scope()); })
      .def("write", &add_operations)
      .def("enqueue", [](const ContextHandle& self, nb::handle fields) { self.require().enqueue(get<JobInput>(fields, "")); })
      .def("extend", [](const ContextHandle& self, nb::handle by) {
        JobContext& context = self.require();
        const auto duration = get<std::chrono::milliseconds>(by, "by");
        run([&] { return context.extend(duration); });
      });

  nb::class_<Jobs>(m, "_Jobs")
      .def("enqueue", [](const Jobs& self, nb::handle fields, nb::handle durability) {
        const auto input = get<JobInput>(fields, "");
        const WriteOptions options = write_options(durability);
        return run([&] { return self.enqueue(input, options); });
      }, nb::arg("fields"), nb::arg("durability").none())
      .def("get", [](const Jobs& self, nb::handle id) {
        const JobId target = id_of(id);
        return run([&] { return self.get(target); });
      })
      .def("list", [](const Jobs& self, nb::handle fields) {
        const auto options = get<JobListOptions>(fields, "");
        return list_of(run([&] { return self.list(options); }));
      }, nb::sig("def list(self, arg: object, /) -> list[Job]"))
      .def("retry", [](const Jobs& self, nb::handle id) {
        const JobId target = id_of(id);
        run([&] { return self.retry(target); });
      })
      .def("cancel", [](const Jobs& self, nb::handle id) {
        const JobId target = id_of(id);
        run([&] { return self.cancel(target); });
      })
      .def("processed_up_to", [](const Jobs& self, nb::handle kind, nb::handle name) {
        const auto of = get<std::string>(kind, "kind");
        const auto target = get<Namespace>(name, "namespace");
        return run([&] { return self.processed_up_to(of, target); });
      });
  m.def("_jobs", [](const StoreHandle& self) { return self.store.jobs(); });
  m.def("_maintain", &maintain, nb::arg("store"), nb::arg("budget"), nb::arg("handlers"),
        nb::sig("def _maintain(store: _Store, budget: object, handlers: dict[str, typing.Any]) -> MaintainReport"));
}

}  // namespace mnemic::python
