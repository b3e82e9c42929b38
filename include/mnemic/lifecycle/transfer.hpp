// SPDX-License-Identifier: Apache-2.0
// Export and import: memories as a file of JSON lines that any program can read, and back. Included by store.hpp; the format is
// docs/export-format.md. A copy of the whole store is `Store::snapshot`.
#pragma once

#include <mnemic/filter.hpp>
#include <mnemic/json.hpp>
#include <mnemic/types.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

/// Told how far a transfer is, on its thread, with no lock and no transaction: `done` of `total`, lines of an export, bytes of
/// an import. One that throws fails the call with kInternal.
using TransferProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// What an export holds: what a listing with these would give, expired memories excepted.
struct ExportOptions {
  std::vector<Namespace> namespaces = {};  ///< each with all that is below it; empty: every one
  std::vector<Layer> layers = {};          ///< empty: all
  Filter where = {};
  /// The vectors too: the importer then need not embed anything. About 5 bytes a number. Without it only those of memories that
  /// have nothing else.
  bool vectors = false;
  bool history = false;  ///< also the versions before the current one of what is exported
  /// Not 0: only what changed after this change, and the ids of what was there and is no more, so that an import forgets it.
  /// `ExportReport::seq` of the export before.
  Seq since = 0;
  TransferProgress progress = {};
  std::stop_token stop = {};
};

struct ExportReport {
  Seq seq = 0;                    ///< the change the file shows the store at
  std::size_t namespaces = 0;     ///< that had something to export
  std::size_t memories = 0;
  std::size_t versions = 0;       ///< lines of memories; as many as memories without `history`
  std::size_t relations = 0;
  std::size_t forgotten = 0;      ///< with `since`: memories that are there no more
  std::size_t erased = 0;         ///< with `since`: memories that were erased; also of such that the filter may have left out
  std::size_t facts_about = 0;    ///< declared attributes and grants
  std::uint64_t bytes = 0;
};

/// What kind of file is imported.
enum class TransferFormat : std::uint8_t {
  kAuto,       ///< seen from its beginning
  kMnemic,     ///< made by `export_to`
  kMem0,       ///< JSON: what mem0's `get_all` or `history` gives, or a list of its memories
  kLangGraph,  ///< JSON or JSON lines: items of a LangGraph store, by `namespace key value created_at updated_at`
  kMcpMemory,  ///< JSON lines: the file of the MCP reference memory server
  kLetta,      ///< JSON: Letta's agent file (.af); also with its archival passages
};

/// What becomes of a memory of the file where the store has its id with another content, another memory with its key, or has
/// forgotten it. (A turn whose place in its session another one has gets the next place that is free.)
enum class OnConflict : std::uint8_t {
  kKeepNewer,  ///< the one written later stands (`updated_at`, or when it was forgotten); at the same time, the store's
  kRefuse,     ///< the import fails with kAlreadyExists; what was committed before stays
};

struct ImportOptions {
  TransferFormat format = TransferFormat::kAuto;
  /// Where it goes: put before every namespace of the file, and the namespace itself of formats that have none (which need it).
  Namespace into = {};
  Namespace from = {};  ///< not empty: every namespace of the file must lie in it, and `into` takes its place
  OnConflict conflict = OnConflict::kKeepNewer;
  bool grants = true;   ///< also who may read what; off for a file that comes from somebody else
  bool dry_run = false;  ///< only say what would be done
  /// Memories per commit, 1 to Limits::batch. More: faster, and more is done again after a kill.
  std::size_t batch = 1000;
  TransferProgress progress = {};
  std::stop_token stop = {};
};

/// A memory of the file that was not taken over.
struct ImportProblem {
  std::size_t line = 0;  ///< of the file, from 1; of formats that are one JSON text: the memory, from 1
  std::string id = {};   ///< the memory's, or the key it has in a foreign format
  std::string what = {};
};

struct ImportReport {
  TransferFormat format = TransferFormat::kAuto;  ///< what the file was
  std::size_t memories = 0;    ///< of the file: written + replaced + unchanged + kept + refused
  std::size_t written = 0;     ///< were not there
  std::size_t replaced = 0;    ///< were there, older
  std::size_t unchanged = 0;   ///< were there, the same
  std::size_t kept = 0;        ///< were there newer, or were forgotten later: the store's stands
  std::size_t refused = 0;     ///< by the store's Screen or a policy, or because they, or a text of theirs, were erased here
  std::size_t forgotten = 0;   ///< forgotten, because the file says so
  std::size_t erased = 0;      ///< erased, because the file says so, with what was derived from them; a hold keeps them, and is a problem
  std::size_t relations = 0;   ///< made, changed or ended
  std::size_t facts_about = 0;  ///< attributes declared, and grants made or ended
  bool resumed = false;        ///< it went on after an import of this file that did not end; the counts are those of both
  bool dry_run = false;
  std::vector<ImportProblem> problems = {};  ///< of those kept and refused by this call, and of held ones, at most 1,000
};

/// Names on the command line and in JSON: "auto", "mnemic", "mem0", "langgraph", "mcp-memory", "letta".
/// @errors  kInvalidArgument (parse): an unknown name; the message lists the known ones.
/// @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(TransferFormat format) noexcept;
MNEMIC_EXPORT Result<TransferFormat> parse_transfer_format(std::string_view name);
/// Every field by its name; `problems` left out when empty. @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const ExportReport& report);
MNEMIC_EXPORT Json to_json(const ImportReport& report);

}  // namespace mnemic
