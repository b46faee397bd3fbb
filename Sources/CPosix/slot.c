#include "slot.h"

#include <string.h>

void chimney_slot_set_text(char *field, size_t capacity, const void *bytes, size_t count) {
    if (count >= capacity) count = capacity - 1;
    if (count > 0) memcpy(field, bytes, count);
    field[count] = 0;
}
