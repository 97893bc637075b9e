/* SPDX-License-Identifier: Apache-2.0 */
/* What every page has in it, as bytes: html_assets.h. The files are found where
 * the build says (mk/build.mk). */

#define ASSET(name, file)                                                      \
        .global name                                                          ;\
        .balign 8                                                             ;\
name:   .incbin file                                                          ;\
.Lend_of_##name: .byte 0                                                      ;\
        .global name##_size                                                   ;\
        .balign 8                                                             ;\
name##_size: .quad .Lend_of_##name - name

        .section .rodata
ASSET(html_style, "report.css")
ASSET(html_program, "report.js")
ASSET(html_charts, "chart.js")

        .section .note.GNU-stack, "", %progbits
