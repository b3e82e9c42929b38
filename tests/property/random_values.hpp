// SPDX-License-Identifier: Apache-2.0
// Random memories and filters from small pools, so that they meet often.
#pragma once

#include "support/random.hpp"

#include <mnemic/mnemic.hpp>

#include <string>
#include <vector>

namespace mnemic::test {

/// Names that look like each other, like paths, like patterns. As attributes they are compared byte for byte.
const std::vector<std::string>& odd_names();
std::string random_word(Random& random);
std::string random_text(Random& random);
Json random_metadata(Random& random);
std::vector<std::string> random_tags(Random& random);
Timestamp random_time(Random& random, Timestamp around);
/// An end of what begins at `start`: the same moment, later, or open.
Timestamp random_end(Random& random, Timestamp start);
/// A filter in its JSON form, by the grammar of filter.hpp. `ids`: ids to compare with, may be empty.
Json random_filter_json(Random& random, const std::vector<MemoryId>& ids, Timestamp around, int depth = 0);
/// A filter by the builder functions.
Filter random_filter(Random& random, const std::vector<MemoryId>& ids, Timestamp around, int depth = 0);
/// A memory that was never stored, with every field a filter can see.
Memory random_memory(Random& random, Timestamp around);

}  // namespace mnemic::test
