-- What watches over the rows, once they are there.

CREATE TRIGGER touch BEFORE UPDATE ON public.products FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE TRIGGER move_stock BEFORE INSERT ON public.movements FOR EACH ROW EXECUTE FUNCTION public.move_stock();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON public.movements FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
