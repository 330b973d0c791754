"""Texts to begin with, by trade, in English and Kiswahili. Each fits one part with an ordinary name."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from campaigns.models import Language

EN, SW = Language.ENGLISH, Language.KISWAHILI


@dataclass(frozen=True, slots=True)
class Starter:
    """A text that somebody of a trade begins with; `code` names it in addresses."""

    code: str
    trade: str
    name: str
    language: Language
    text: str

    @property
    def is_kiswahili(self) -> bool:
        return self.language == Language.KISWAHILI


STARTERS = (
    Starter("lender-due", "Lender", "Loan due", EN,
        "Dear <name:first:title|customer>, your loan balance of KES <balance> is due on <due_date>. Thank you."),
    Starter("lender-late", "Lender", "Loan overdue", EN,
        "Dear <name:first:title|customer>, KES <balance> was due on <due_date>. Please pay, or call us if you cannot."),
    Starter("lender-paid", "Lender", "Payment received", EN,
        "Thank you, <name:first:title|customer>. We received KES <amount>. "
        "<balance?Your balance is KES <balance>.|Your loan is paid.>"),
    Starter("lender-due-sw", "Lender", "Mkopo unaodaiwa", SW,
        "Habari <name:first:title|mteja>, salio la mkopo wako ni KES <balance>. Lipa kabla ya <due_date>. Asante."),
    Starter("lender-late-sw", "Lender", "Mkopo uliochelewa", SW,
        "Habari <name:first:title|mteja>, ulipaswa kulipa KES <balance> kufikia <due_date>. "
        "Tafadhali lipa au utupigie simu."),
    Starter("lender-paid-sw", "Lender", "Malipo yamepokelewa", SW,
        "Asante <name:first:title|mteja>. Tumepokea KES <amount>. "
        "<balance?Salio lako ni KES <balance>.|Umemaliza kulipa mkopo.>"),
    Starter("school-fees", "School", "Fees balance", EN,
        "Dear parent, the fees balance of <name:title> is KES <balance>. Please pay by <due_date>."),
    Starter("school-family", "School", "Fees of a family", EN,
        "Dear parent, the fees of <name:first:title:list> come to KES <balance:sum>. "
        "Please pay by <due_date:earliest>."),
    Starter("school-meeting", "School", "Parents' meeting", EN,
        "Dear parent, we meet on <date:dddd d mmmm> at <time|9 am>. Please come or send somebody."),
    Starter("school-opening", "School", "School opens", EN,
        "Dear parent, school opens on <date:dddd d mmmm>. Please pay KES <balance|0> before that day."),
    Starter("school-fees-sw", "School", "Salio la karo", SW,
        "Mzazi mpendwa, salio la karo ya <name:title> ni KES <balance>. Tafadhali lipa kabla ya <due_date>."),
    Starter("school-family-sw", "School", "Karo ya familia", SW,
        "Mzazi mpendwa, karo ya <name:first:title:list> ni KES <balance:sum>. "
        "Tafadhali lipa kabla ya <due_date:earliest>."),
    Starter("school-meeting-sw", "School", "Mkutano wa wazazi", SW,
        "Mzazi mpendwa, tutakutana <date:dddd d mmmm>, saa <time|tatu asubuhi>. Tafadhali fika au tuma mwakilishi."),
    Starter("school-opening-sw", "School", "Shule inafunguliwa", SW,
        "Mzazi mpendwa, shule itafunguliwa <date:dddd d mmmm>. Tafadhali lipa KES <balance|0> kabla ya siku hiyo."),
    # Nothing in a clinic's text says what somebody is treated for.
    Starter("clinic-visit", "Clinic", "Appointment", EN,
        "Hello <name:first:title|there>, we expect you on <date:dddd d mmmm> at <time|9 am>. To change it, call us."),
    Starter("clinic-missed", "Clinic", "Missed appointment", EN,
        "Hello <name:first:title|there>, we missed you on <date>. Please call us for another day."),
    Starter("clinic-hours", "Clinic", "Opening hours", EN,
        "Hello <name:first:title|there>, we are closed on <date:dddd d mmmm>. For urgent help call us at any time."),
    Starter("clinic-visit-sw", "Clinic", "Miadi ya kliniki", SW,
        "Habari <name:first:title|yako>, tutakungoja <date:ddd d mmm>, saa <time|tatu asubuhi>. "
        "Ili kuahirisha, tupigie simu."),
    Starter("clinic-missed-sw", "Clinic", "Miadi iliyopita", SW,
        "Habari <name:first:title|yako>, hatukukuona <date>. Tafadhali tupigie simu tupange siku nyingine."),
    Starter("clinic-hours-sw", "Clinic", "Tumefunga", SW,
        "Habari <name:first:title|yako>, tutafunga <date:dddd d mmmm>. Kwa dharura tupigie simu wakati wowote."),
    Starter("shop-ready", "Shop", "Order ready", EN,
        "Hello <name:first:title|customer>, your order is ready. <balance?Please bring KES <balance>.|It is paid.>"),
    Starter("shop-offer", "Shop", "Offer", EN,
        "Hello <name:first:title|customer>, until <until:dddd d mmmm> <product|all we have> costs less. Welcome!"),
    Starter("shop-points", "Shop", "Points", EN,
        "Hello <name:first:title|customer>, you have <points:0> points. Use them on your next visit."),
    Starter("shop-ready-sw", "Shop", "Bidhaa iko tayari", SW,
        "Habari <name:first:title|mteja>, oda yako iko tayari. <balance?Tafadhali leta KES <balance>.|Imelipwa.>"),
    Starter("shop-offer-sw", "Shop", "Ofa", SW,
        "Habari <name:first:title|mteja>, hadi <until:dddd d mmmm> bei ya <product|bidhaa zetu> imepunguzwa. Karibu!"),
    Starter("shop-points-sw", "Shop", "Pointi", SW,
        "Habari <name:first:title|mteja>, una pointi <points:0>. Zitumie utakapotutembelea tena."),
    Starter("church-service", "Church", "Service", EN,
        "Dear <name:first:title|friend>, join us on <date:dddd d mmmm> at <time|9 am>. You are welcome."),
    Starter("church-pledge", "Church", "Pledge", EN,
        "Dear <name:first:title|friend>, thank you for your pledge. KES <balance> remains. God bless you."),
    Starter("church-thanks", "Church", "Thanks for a gift", EN,
        "Dear <name:first:title|friend>, we received your gift of KES <amount>. Thank you, and God bless you."),
    Starter("church-service-sw", "Church", "Ibada", SW,
        "Mpendwa <name:first:title|ndugu>, karibu ibadani <date:dddd d mmmm>, saa <time|tatu asubuhi>."),
    Starter("church-pledge-sw", "Church", "Ahadi", SW,
        "Mpendwa <name:first:title|ndugu>, asante kwa ahadi yako. Salio ni KES <balance>. Mungu akubariki."),
    Starter("church-thanks-sw", "Church", "Shukrani kwa sadaka", SW,
        "Mpendwa <name:first:title|ndugu>, tumepokea sadaka yako ya KES <amount>. Asante, Mungu akubariki."),
)  # fmt: skip

BY_CODE = {one.code: one for one in STARTERS}


def by_trade() -> list[tuple[str, list[Starter]]]:
    """The starters, a trade after the other."""
    return [(trade, list(found)) for trade, found in groupby(STARTERS, key=lambda one: one.trade)]
