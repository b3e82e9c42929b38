# Two users of one file know nothing of each other.
source "$(dirname "$0")/helpers.sh"

echo 'My locker code is Wildebeest.' | say --store X --user Ada
printf 'What is my locker code?\n/timeline\n' | say --store X --user Ben
lacks "Wildebeest"
holds "I don't have anything about that yet."
echo 'What is my locker code?' | say --store X --user Ada
holds "[1] My locker code is Wildebeest."
