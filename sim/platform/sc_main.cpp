// SPDX-License-Identifier: MIT
// What SystemC's shared library wants from every program that is linked with it. This project's programs have a main()
// of their own and start the simulation themselves.

extern "C" int sc_main(int /*count*/, char** /*arguments*/) { return 0; }
