// Value moved to the types room, where the protocol's decoder makes it.
#pragma once

#include "types/value.h"
