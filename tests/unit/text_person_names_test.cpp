// SPDX-License-Identifier: Apache-2.0
// Which authors a question names.
#include "text/person_names.hpp"

#include <string>

#include "support/catch.hpp"

using mnemic::text::name_hash;
using mnemic::text::NamesIn;

TEST_CASE("names in a question", "[text]") {
  const NamesIn asked("What did Ada's friend JOSE MARIA  del-Rio tell O'Brien and Zoë (or anne)?");
  for (const char* name : {"Ada", "ada", "ADA", "José María", "jose maria", "O'Brien", "Zoe", "ZOË", "Anne", "Friend", "maria del rio"}) {
    CAPTURE(name);
    CHECK(asked.contains(name_hash(name)));
  }
  for (const char* name : {"", " ", "...", "Bob", "Ad", "Ada Anne", "what", "and", "jose maria del rio"}) {
    CAPTURE(name);
    CHECK_FALSE(asked.contains(name_hash(name)));
  }
}

TEST_CASE("one name, however it is written", "[text]") {
  CHECK(name_hash("") == 0);
  CHECK(name_hash("!?") == 0);
  CHECK(name_hash("McDonald") == name_hash("mcdonald"));
  CHECK(name_hash("Ada Lovelace") == name_hash("  ada\tLOVELACE."));
  CHECK(name_hash("Ada Lovelace") != name_hash("Lovelace Ada"));
  CHECK(name_hash("AdaLovelace") != name_hash("Ada Lovelace"));
  CHECK_FALSE(NamesIn("").contains(name_hash("")));
  const std::string long_name(100'000, 'x');
  CHECK(name_hash(long_name) != 0);
  CHECK_FALSE(NamesIn(std::string(5000, '.') + " Ada").contains(name_hash("Ada")));  // beyond what is looked at
}
