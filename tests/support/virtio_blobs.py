"""Virtio devices' blobs from a real QEMU, fresh from power-on.

Made with QEMU 7.2.22: ``qemu-system-x86_64 -nodefaults -S -m 16 -blockdev
driver=file,node-name=d,filename=DISK`` (DISK has 1 MiB) and the arguments beside each, then
``migrate exec:cat>FILE``; the bytes are those of the field ``virtio`` in the device's
section, compressed, because most are zeros.
"""

from __future__ import annotations

from base64 import b85decode
from zlib import decompress


def _blob(text: str) -> bytes:
    return decompress(b85decode("".join(text.split())))


#: -M pc -device virtio-blk-pci,drive=d
BLOCK = _blob(
    r"""
    c-rmUK~BOz6b9fKq=_Uhiouw$@&>ptChk0fH$c>qbfI7=#shc=56T`(DO!yi<ATlirRmK7X7Xmz12lxtSq)<vLiL
    0YKVL0Jt@&!$smJ$Sq1xOFY3%ND)uwly9(0>|oo~`^ozI$lJLuH;e497(-h7b!I5za(Vtto*81^Rqme=c6<?5g9+
    b2|wlarUcDD&Cq^5QNp$J1<5E{kl@zDm+>wrqyyWw!jj3;+NC000000000000000>`!vs{1za4EsM!`QBKOND#zq
    >TOZHw^U>q%AuFD~7JW7V000000000000000000000000000000008*A4=vFv2>
    """
)
#: -M q35 -device virtio-blk-pci,drive=d,num-queues=3,packed=on
PACKED_BLOCK = _blob(
    r"""
    c-rmVPf7w&9Ki86>OevZ4Wn??4QvrXyN=Ke%=85k<-eKe03D)(x;Gt1(>75pBKUj|=lgpz%o{v_6GEuW+essY<tK
    z>`?ce6r|0cTaeUh>EHAEyMpE0%%iGki8`WCb#eCDK74um+-?l2ne7>GnT_3m7Puqs(YqfZm<RJW+<R|lDv9ogZo
    9(OnJFIT}#he~L52x91)VaL48)n`6*vs;1ob5hp+AJ?w9VU6q_fG==000000000000000004g{Ju3eeAiiYNUU!!
    DvbbDM(v$UicibO#9!G;Xefl`*X9EBL000000000000000000000000000000fbUCB%a;g_d;Nzv=&q(o9`iU0#o
    Gdt?K=aNQc5YMlu}A5rIb=iDW#NBN-3q3Qc5ZHKk6M*>p>d
    """
)
#: -M pc -device virtio-blk-pci,drive=d,disable-modern=on,vectors=0
LEGACY_BLOCK = _blob(
    r"""
    c-muNU|{+p#VEi40gP}02lyhzgerhf@z4jBlxSu|3msO`vdp5A%zS+_lcda&__Wl-lG38oV&p(%6@n^Bttcr<j4v
    )pEJ+2)0|0pE5=H
    """
)
#: -M pc -device virtio-rng-pci
RANDOM = _blob(
    r"""
    c-rmUK}y3w6b9f)O~8VSR4PJO-k>hTwMXy<v1)`Yv^7n|19%7z+I>vZ6jSNORX5*9VBY^`m<)4(2_X#DlOzqH`9d
    8wqOk9*SFa~=JAUsP&EjE5qj;B_ZH9O0N!-<KzE9&eUv>FmJZSUvHgD?TVx0W>Z5Vw;?OCGJa5T}OT-OJ>y+hV@a
    `91=RWYC5-aHmn_L9%4RhcjQ8z!S}$!2(8<*WT^0000000000000000002sc#`w(S%CbrDrecUnpJtzj*`o5KU+K
    %)7SZPUcUWKx;6j+0000000000000000000000000000000QkQjUKK0b
    """
)
#: -M pc -device virtio-scsi-pci
SCSI = _blob(
    r"""
    c-rmUK~BOz6b9faw234xiouw$a^W5q#<fTA28dddE)*=qcmNOKLD^#|MT-lgZrFTZn$G-hCT}J^Ktl+f<uFb|sGb
    m_&sWP~YrY&F)Z_cMP;KsoG>W&mYSX()yKytG^K}~6`LxM5gHD~#H+enp%?8Q0V?+O~Ti+!*2zwL#C$Cnm%GobZ>
    h3mM_xL#{$1izN=F`#T#cf`WAF@fgD6)C`Qc1trvL2on*<yDY0000000000000000002kpX8|dEkO2K7L)P3oRnE
    rj*^p2eLTC%M~~C{ta$ob^w|Ia0000000000000000000000000000000O0RF09X$%0R
    """
)
#: -M microvm -device virtio-blk-device,drive=d -global virtio-mmio.force-legacy=false
MMIO_BLOCK = _blob(
    r"""
    c-rmUF$%&!5CzapkzNJQVIzX42@zIE5yZ_#Jibv^QLqsUoA(%4`17khz=ZJ8HvFKvO_;rA_43rE+#Ob%^{&g!KDK
    #Gak#fjWnL=R=QzgkeGLEr0000000000000000Q^tAC}#oUIj6Q6a+~86SC4Z6P2W$;XY9iO0000000000000000
    000000000000000N{HU02m&3
    """
)
#: -M microvm -device virtio-blk-device,drive=d -global virtio-mmio.force-legacy=true
LEGACY_MMIO_BLOCK = _blob(
    r"""
    c-muNzzQrGC;*IL#2|ny#wuEtSyYmluWx3Olvxs=mYP^nT9jH0Q4IkA+)xOb
    """
)
