// SPDX-License-Identifier: MIT
// A linear address cannot be made from a number without saying what happens to bits 63:48.
#include "models/x86/address.hpp"

using namespace drywalk::x86;

LinearAddress address_of(std::uint64_t value)
{
#ifdef MISTAKE
    return LinearAddress{value};
#else
    return LinearAddress::truncate(value);
#endif
}
